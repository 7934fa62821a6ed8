namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Why a file could not be read or written, in words: the runtime's own are left out of the executable.</summary>
internal static class FileProblem
{
    private const int NotADirectory = 20;
    private const int IsADirectory = 21;
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int QuotaExceeded = 122;

    public static bool IsOne(Exception exception) => exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    public static string Of(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "this user may not do that there (see the volume's permissions, or the pod's fsGroup)",
        DirectoryNotFoundException => "there is no such directory",
        FileNotFoundException => "there is no such file",
        IOException { HResult: NotADirectory } => "there is no such directory",
        IOException { HResult: IsADirectory } => "there is a directory of that name",
        IOException { HResult: NoSpace or QuotaExceeded } => "there is no space left",
        IOException { HResult: ReadOnly } => "the file system is read-only",
        _ => $"{exception.GetType().Name}, error {exception.HResult}",
    };
}
