using System.Text;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Reads a file that somebody else puts into the pod.</summary>
internal static class SmallFile
{
    private const string Missing = "does not exist";

    public const string NotPermitted = "is not readable by this user";

    /// <returns>The text, or what is wrong with the file.</returns>
    public static (string? Text, string? Problem) Read(string path, int limit)
    {
        var (content, problem) = ReadBytes(path, limit);
        return (content is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null, problem);
    }

    /// <returns>The content, or what is wrong with the file.</returns>
    /// <remarks>The kubelet exchanges the folder that a link leads to: what has vanished while it was looked at is there again.</remarks>
    public static (ReadOnlyMemory<byte>? Content, string? Problem) ReadBytes(string path, int limit) =>
        TryRead(path, limit) is var read && read.Problem is Missing ? TryRead(path, limit) : read;

    private static (ReadOnlyMemory<byte>? Content, string? Problem) TryRead(string path, int limit)
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
            var buffer = new byte[Math.Min(limit, file.Length) + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length > limit ? (null, "is too long") : (buffer.AsMemory(0, length), null);
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
