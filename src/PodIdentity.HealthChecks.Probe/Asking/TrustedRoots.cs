using System.Runtime.InteropServices;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>
/// Whom a TLS connection may end at, from one file. The default is a directory with a file for each CA, and a link to each: reading 280 of
/// them takes longer than everything else that the probe does. A static executable would look for it where it was on the machine that built it.
/// </summary>
internal static partial class TrustedRoots
{
    public const string FileVariable = "SSL_CERT_FILE";

    private const string DirectoryVariable = "SSL_CERT_DIR";
    private const string NoDirectory = "/nonexistent";

    private static (string? File, string? Directory)? _before;

    /// <summary>Debian, Ubuntu and Alpine; Fedora, Red Hat and Azure Linux; SUSE.</summary>
    private static readonly string[] Bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

    /// <summary>Chooses the file before the first connection: the one that the user has named, or else the distribution's.</summary>
    public static void Choose(Func<string, string?> environment)
    {
        if (!OperatingSystem.IsLinux() || environment(DirectoryVariable) is { Length: > 0 })
        {
            return;
        }

        if ((environment(FileVariable) is { Length: > 0 } named ? named : Array.Find(Bundles, File.Exists)) is { } file)
        {
            _before = (environment(FileVariable), environment(DirectoryVariable));

            // The runtime's TLS reads the process's own variables, which .NET's copy of them does not change.
            Set(FileVariable, file);
            Set(DirectoryVariable, NoDirectory);
        }
    }

    /// <summary>Undoes that, for a command that inherits the variables.</summary>
    public static void Restore()
    {
        if (_before is { } before)
        {
            Set(FileVariable, before.File);
            Set(DirectoryVariable, before.Directory);
        }
    }

    private static void Set(string name, string? value) => _ = value is null ? UnsetVariable(name) : SetVariable(name, value, overwrite: 1);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int UnsetVariable(string name);
}
