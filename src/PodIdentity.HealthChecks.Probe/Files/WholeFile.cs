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
        var temporary = Path.Combine(Path.GetDirectoryName(full) ?? "/", $".{Path.GetFileName(full)}.new");
        try
        {
            // Not through a link that somebody put there: a shared volume belongs to others, too.
            File.Delete(temporary);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
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
