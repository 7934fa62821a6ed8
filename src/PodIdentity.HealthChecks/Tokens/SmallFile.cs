using System.Text;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Reads a file that somebody else puts into the pod.</summary>
internal static class SmallFile
{
    private const string Missing = "does not exist";

    public const string NotPermitted = "is not readable by this user";

    /// <returns>The text, or what is wrong with the file.</returns>
    public static (string? Text, string? Problem) Read(string path, int limit) => Read<string>(path, file =>
    {
        var buffer = new byte[Math.Min(limit, file.Length) + 1];
        var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return length > limit ? (null, "is too long") : (Encoding.UTF8.GetString(buffer, 0, length), null);
    });

    /// <returns>What was read, or what is wrong with the file.</returns>
    /// <remarks>The kubelet exchanges the folder that a link leads to: what has vanished while it was looked at is there again.</remarks>
    public static (T? Content, string? Problem) Read<T>(string path, Func<Stream, (T? Content, string? Problem)> read)
        where T : class
    {
        var result = TryRead(path, read);
        if (result.Problem is not Missing)
        {
            return result;
        }

        result = TryRead(path, read);
        return result.Problem is Missing && path.Trim().Length < path.Length ? (null, Missing + ": its path begins or ends with white space") : result;
    }

    private static (T? Content, string? Problem) TryRead<T>(string path, Func<Stream, (T? Content, string? Problem)> read)
        where T : class
    {
        try
        {
            if (!File.Exists(path))
            {
                return (null, Directory.Exists(path) ? "is a directory" : Missing);
            }

            // To open a pipe is to wait for whoever writes into it. It has no length, as an empty file has none.
            var file = new FileInfo(path);
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            if (file.Length == 0)
            {
                return (null, "is empty, or not a file");
            }

            using var stream = file.OpenRead();
            return read(stream);
        }
        catch (UnauthorizedAccessException)
        {
            return (null, NotPermitted);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, Missing);
        }
        catch (IOException)
        {
            return (null, "cannot be read");
        }
    }
}
