namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Files that readers see complete or not at all.</summary>
internal static class AtomicFile
{
    /// <param name="path">The file.</param>
    /// <param name="mode">Its permissions, whatever the umask.</param>
    /// <param name="write">Writes the content.</param>
    /// <returns>Why it failed; <see langword="null"/> when it did not.</returns>
    public static string? TryWrite(string path, UnixFileMode mode, Action<Stream> write)
    {
        var temporary = TemporaryFor(path);
        var problem = FileProblem.Catch(() =>
        {
            using (var stream = Create(temporary))
            {
                write(stream);
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(stream.SafeFileHandle, mode);
                }
            }

            File.Move(temporary, path, overwrite: true);
        });
        if (problem is not null)
        {
            FileProblem.Catch(() => File.Delete(temporary));
        }

        return problem;
    }

    /// <summary>Does everything short of replacing the file.</summary>
    /// <returns>Why it failed; <see langword="null"/> when it did not.</returns>
    public static string? TryCreate(string path) => FileProblem.Catch(() =>
    {
        Create(TemporaryFor(path)).Dispose();
        File.Delete(TemporaryFor(path));
    });

    private static string TemporaryFor(string path) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/", $".{Path.GetFileName(path)}.new");

    private static FileStream Create(string temporary)
    {
        // Others may have put a link there, which must not be followed: the volume is shared.
        File.Delete(temporary);
        return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    }
}
