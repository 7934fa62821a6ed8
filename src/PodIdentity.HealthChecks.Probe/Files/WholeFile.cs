namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Files that are there as a whole or not at all, whoever reads them meanwhile.</summary>
internal static class WholeFile
{
    /// <param name="path">The file.</param>
    /// <param name="mode">Who may do what with it, whatever the umask says.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(string path, UnixFileMode mode, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var temporary = Temporary(full);
        try
        {
            using (var stream = Create(temporary))
            {
                write(stream);
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(stream.SafeFileHandle, mode);
                }
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception exception) when (FileProblem.IsOne(exception))
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Does all that comes before the file itself is touched, and takes it back.</summary>
    public static void TryOut(string path)
    {
        var temporary = Temporary(Path.GetFullPath(path));
        Create(temporary).Dispose();
        File.Delete(temporary);
    }

    private static string Temporary(string full) => Path.Combine(Path.GetDirectoryName(full) ?? "/", $".{Path.GetFileName(full)}.new");

    private static FileStream Create(string temporary)
    {
        // Not through a link that somebody put there: a shared volume belongs to others, too.
        File.Delete(temporary);
        return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (FileProblem.IsOne(exception))
        {
            // What made the writing fail is what is told.
        }
    }
}
