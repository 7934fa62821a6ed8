using System.Runtime.InteropServices;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>
/// Whom a TLS connection may end at. The runtime would read every CA of the machine, a file each, which takes longer than everything else that
/// the probe does; and a static executable would look for them where they were on the machine that built it.
/// </summary>
internal static partial class TrustedRoots
{
    private const string FileVariable = "SSL_CERT_FILE";
    private const string DirectoryVariable = "SSL_CERT_DIR";

    /// <summary>Debian, Ubuntu and Alpine; Fedora, Red Hat and Azure Linux; SUSE.</summary>
    private static readonly string[] Bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

    /// <returns>What a token is exchanged over: with the CAs of the bundle that the user has named, or else of the distribution's.</returns>
    public static HttpMessageHandler Connect(FederatedPod pod, Func<string, string?> environment)
    {
        var handler = pod.CreateHandler();
        if (!OperatingSystem.IsLinux() || environment(DirectoryVariable) is { Length: > 0 })
        {
            return handler;
        }

        if (handler.SslOptions.CertificateChainPolicy is null)
        {
            if ((environment(FileVariable) is { Length: > 0 } named ? named : Array.Find(Bundles, File.Exists)) is not { } bundle)
            {
                return handler;
            }

            handler.SslOptions.TrustOnly(offered => PemBundle.FindIssuers(bundle, offered));
        }

        // The runtime's TLS reads the process's own variables, which .NET's copy of them does not change.
        _ = SetVariable(FileVariable, "/dev/null", overwrite: 1);
        _ = SetVariable(DirectoryVariable, "/nonexistent", overwrite: 1);
        return handler;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
