using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Standard output and standard error. Either may be closed, or not be read, at any time: neither the exit code nor a watch must depend on it.</summary>
internal sealed partial class Streams : IOutput, IDisposable
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    /// <summary>A pipe that takes anything takes this much at once.</summary>
    private const int PipeBytes = 4096;

    private const int PatienceMilliseconds = 1000;

    private const int StatusFlags = 3;
    private const int AccessMode = 3;
    private const int ReadOnly = 0;

    /// <summary>Held open until the process ends.</summary>
    private static readonly List<SafeFileHandle> Fillings = [];

    private readonly Lock _lock = new();
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Stream _error = Console.OpenStandardError();
    private volatile bool _dropsUnread;

    /// <summary>Which have a reader that is stuck: it is waited for once, and not with every line that is left.</summary>
    private readonly HashSet<int> _stuck = [];

    /// <summary>
    /// Fills standard handles that are closed. Otherwise the next file or connection would get their number, and the output with it.
    /// </summary>
    public static void FillClosed()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            while (true)
            {
                var handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
                if (handle.DangerousGetHandle() > StandardError)
                {
                    handle.Dispose();
                    return;
                }

                Fillings.Add(handle);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nothing can be done without /dev.
        }
    }

    public bool WriteOut(string line) => Write(_output, StandardOutput, line);

    public bool WriteError(string line) => Write(_error, StandardError, line);

    public void DropUnread() => _dropsUnread = true;

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private bool Write(Stream stream, int handle, string line)
    {
        try
        {
            // Two lines at a time could fill a pipe that took either.
            lock (_lock)
            {
                foreach (var part in Encoding.UTF8.GetBytes(line + "\n").Chunk(PipeBytes))
                {
                    if (!IsRead(handle))
                    {
                        return false;
                    }

                    stream.Write(part);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nobody ever will.
        }

        return true;
    }

    private bool IsRead(int handle)
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        // It was closed from the start, and the runtime has a file of its own there: nobody ever reads that.
        if ((GetFlags(handle, StatusFlags) & AccessMode) is ReadOnly)
        {
            return false;
        }

        var wanted = new Polled { Handle = handle, Events = Polled.Out };
        while (true)
        {
            var ready = Poll(ref wanted, 1, _stuck.Contains(handle) ? 0 : PatienceMilliseconds); // below 0: a signal in between is no reader
            if (ready > 0)
            {
                _stuck.Remove(handle);
                return true;
            }

            if (ready == 0 && _dropsUnread)
            {
                _stuck.Add(handle);
                return false;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetFlags(int handle, int command);

    [LibraryImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref Polled polled, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public const short Out = 4;

        public int Handle;
        public short Events;
        public short Found;
    }
}
