using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Standard output and standard error, which may be closed, or end while they are written to: the exit code counts all the same.</summary>
internal sealed class Streams : IOutput, IDisposable
{
    private const int StandardError = 2;

    /// <summary>Kept, so that they stay open until the process ends.</summary>
    private static readonly List<SafeFileHandle> Fillings = [];

    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Stream _error = Console.OpenStandardError();

    /// <summary>
    /// Fills closed standard handles: the next thing that is opened gets the lowest free number, and what is meant for standard output must
    /// not be written into a connection.
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
            // Without /dev nothing can be done about it.
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
            // Nobody reads it any more; or it was closed from the start, and its number is that of a file which the runtime reads.
        }
    }
}
