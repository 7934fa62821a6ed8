using System.Runtime.InteropServices;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Puts a command in this process's place: its process id, environment and standard streams stay.</summary>
internal static partial class Replacement
{
    private const int SetMask = 2;
    private const int BrokenPipe = 13;

    /// <summary>As long as the longest set of signals.</summary>
    private const int SignalSetBytes = 128;

    /// <summary>Whether there is such a file, by path or in PATH.</summary>
    public static bool IsThere(string command) => command.Contains('/', StringComparison.Ordinal)
        ? Path.Exists(command)
        : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Any(directory => Path.Exists(Path.Combine(directory, command)));

    /// <returns>Only if the command cannot be run: the exit code that shells have for that, and why.</returns>
    public static (int ExitCode, string Problem) Become(IReadOnlyList<string> command)
    {
        // .NET ignores SIGPIPE, which a command would inherit. Its handlers of other signals end with it.
        _ = SetHandler(BrokenPipe, handler: 0);
        if (OperatingSystem.IsLinux())
        {
            _ = SetSignalMask(SetMask, new byte[SignalSetBytes], previous: 0);
        }

        _ = Execute(command[0], [.. command, null]);
        var error = Marshal.GetLastPInvokeError();
        var isPath = command[0].Contains('/', StringComparison.Ordinal);
        var isThere = isPath && File.Exists(command[0]);
        var problem = error switch
        {
            2 when !isPath => "no directory in PATH has it",
            2 when isThere => "it needs an interpreter or a dynamic loader that does not exist here",
            2 or 20 => "it does not exist",
            7 => "its arguments and environment are too long",
            8 => "it is not an executable for this machine",
            13 => "permission denied, or it is a directory",
            _ => $"error {error}",
        };
        return (error is 2 or 20 && !isThere ? ExitCode.NotFound : ExitCode.NotRunnable, $"cannot run '{SafeText.Identifier(command[0])}': {problem}");
    }

    [LibraryImport("libc", EntryPoint = "execvp", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Execute(string file, string?[] arguments);

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "sigprocmask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetSignalMask(int how, byte[] signals, nint previous);
}
