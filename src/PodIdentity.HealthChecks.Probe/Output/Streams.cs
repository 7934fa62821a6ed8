using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Standard output and standard error. Either may be closed, at any time: the exit code must not depend on it.</summary>
internal sealed class Streams : IOutput, IDisposable
{
    private const int StandardError = 2;

    /// <summary>Held open until the process ends.</summary>
    private static readonly List<SafeFileHandle> Fillings = [];

    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Stream _error = Console.OpenStandardError();

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

    public void WriteOut(string line) => Write(_output, line);

    public void WriteError(string line) => Write(_error, line);

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private static void Write(Stream stream, string line)
    {
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nobody reads it; or it was closed from the start, and the runtime has a file of its own there that is read-only.
        }
    }
}
