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

    /// <summary>Where the C library looks if there is no PATH.</summary>
    private const string DefaultPath = "/bin:/usr/bin";

    /// <returns>The exit code of shells if there is no such file, and why; <see langword="null"/> if there is one.</returns>
    public static (int ExitCode, string Problem)? FindProblem(string command)
    {
        var isPath = command.Contains('/', StringComparison.Ordinal);
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? DefaultPath).Split(Path.PathSeparator);
        return (isPath ? IsMissing(command) : Array.TrueForAll(directories, directory => IsMissing(Path.Combine(directory, command))))
            ? (ExitCode.NotFound, Sentence(command, isPath ? "it does not exist" : "it was not found in PATH"))
            : null;
    }

    /// <summary>What may not be seen is there: .NET would say of that that it does not exist, and of a link that leads nowhere that it does.</summary>
    private static bool IsMissing(string path) => Access(path, mode: 0) is not 0 && Marshal.GetLastPInvokeError() is 2 or 20;

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
        if (FindProblem(command[0]) is { } missing)
        {
            return missing;
        }

        var problem = error switch
        {
            2 => "it needs an interpreter or a dynamic loader that does not exist here",
            7 => "its arguments and environment are too long",
            8 => "it is not an executable for this machine",
            13 => "permission denied, or it is a directory",
            _ => $"error {error}",
        };
        return (ExitCode.NotRunnable, Sentence(command[0], problem));
    }

    private static string Sentence(string command, string problem) => $"cannot run '{SafeText.Identifier(command)}': {problem}";

    [LibraryImport("libc", EntryPoint = "execvp", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Execute(string file, string?[] arguments);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "sigprocmask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetSignalMask(int how, byte[] signals, nint previous);
}
