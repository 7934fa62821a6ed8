namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Why a file could not be read or written: the executable does not contain the runtime's own messages.</summary>
internal static class FileProblem
{
    private const int NotADirectory = 20;
    private const int IsADirectory = 21;
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int QuotaExceeded = 122;

    /// <returns>What went wrong; <see langword="null"/> when nothing did.</returns>
    public static string? Catch(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return exception switch
            {
                UnauthorizedAccessException => "permission denied (check the volume's permissions and the pod's fsGroup)",
                DirectoryNotFoundException or IOException { HResult: NotADirectory } => "the directory does not exist",
                FileNotFoundException => "the file does not exist",
                IOException { HResult: IsADirectory } => "a directory has that name",
                IOException { HResult: NoSpace or QuotaExceeded } => "no space is left",
                IOException { HResult: ReadOnly } => "the file system is read-only",
                _ => $"{exception.GetType().Name}, error {exception.HResult}",
            };
        }
    }
}
