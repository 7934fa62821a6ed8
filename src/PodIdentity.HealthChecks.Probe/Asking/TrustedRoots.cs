using System.Runtime.InteropServices;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>
/// Whom a TLS connection may end at. The runtime would read every CA of the machine, a file each, which takes longer than everything else that
/// the probe does; and a static executable would look for them where they were on the machine that built it.
/// </summary>
/// <param name="environment">The variables of the process.</param>
internal sealed partial class TrustedRoots(Func<string, string?> environment)
{
    public const string FileVariable = "SSL_CERT_FILE";

    public const string DirectoryVariable = "SSL_CERT_DIR";

    /// <summary>Debian, Ubuntu and Alpine; Fedora, Red Hat and Azure Linux; SUSE.</summary>
    private static readonly string[] Bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

    private readonly string? _file = environment(FileVariable);
    private readonly string? _directory = environment(DirectoryVariable);

    /// <returns>What a token is exchanged over: with the CAs of the bundle that the user has named, or else of the distribution's.</returns>
    public SocketsHttpHandler Connect(FederatedPod pod)
    {
        var handler = pod.CreateHandler();
        if (!OperatingSystem.IsLinux() || !string.IsNullOrEmpty(_directory))
        {
            return handler;
        }

        if (handler.SslOptions.CertificateChainPolicy is null)
        {
            if ((string.IsNullOrEmpty(_file) ? Array.Find(Bundles, File.Exists) : _file) is not { } bundle)
            {
                return handler;
            }

            handler.SslOptions.TrustOnly(offered => PemBundle.FindIssuers(bundle, offered));
        }

        // OpenSSL reads the process's own variables.
        Set(FileVariable, "/dev/null");
        Set(DirectoryVariable, "/nonexistent");
        return handler;
    }

    /// <summary>Undoes that, for a command that inherits the variables.</summary>
    public void Restore()
    {
        Set(FileVariable, _file);
        Set(DirectoryVariable, _directory);
    }

    private static void Set(string name, string? value) => _ = value is null ? UnsetVariable(name) : SetVariable(name, value, overwrite: 1);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int UnsetVariable(string name);
}
