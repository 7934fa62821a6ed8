using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PodIdentity.HealthChecks.Tests.Support;

/// <summary>A CA that this process trusts, as a pod does whose SSL_CERT_FILE names it. The runtime reads that once, before the first connection.</summary>
internal static partial class TrustedAuthority
{
    private const string Variable = "SSL_CERT_FILE";

    public static X509Certificate2 Certificate { get; } = Create();

#pragma warning disable CA2255 // It is the application here: nobody else could be in time.
    [ModuleInitializer]
    internal static void Trust()
#pragma warning restore CA2255
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var file = Path.Combine(AppContext.BaseDirectory, $"trusted-{Environment.ProcessId}.pem");
        File.WriteAllText(file, Certificate.ExportCertificatePem());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(file);

        // The runtime's TLS reads the process's own variables, which .NET's copy of them does not change.
        _ = SetVariable(Variable, file, overwrite: 1);
    }

    private static X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=the tests' CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
