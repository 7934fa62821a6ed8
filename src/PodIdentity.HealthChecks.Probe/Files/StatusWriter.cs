using System.Text;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;

namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Keeps a watch's status file up to date.</summary>
internal sealed class StatusWriter(string path, TimeSpan goodFor, TimeProvider time, IReport report)
{
    private const UnixFileMode ReadableByAll = (UnixFileMode)0b110_100_100;

    private string? _problem;

    public void Write(Round round)
    {
        var now = time.GetUtcNow();
        DateTimeOffset? failingSince = round.FailingSince is { } since ? now - time.GetElapsedTime(since) : null;
        var content = Encoding.UTF8.GetBytes(new WatchStatus(now, goodFor, failingSince, round.Answers).Format());
        var problem = FindObstacle(path) ?? AtomicFile.TryWrite(path, ReadableByAll, file => file.Write(content));
        if (problem is not null && !problem.Equals(_problem, StringComparison.Ordinal))
        {
            report.Note($"Cannot write the status file {path}: {problem}. Its readers will report that the watch is not running.");
        }

        _problem = problem;
    }

    /// <returns>Why the file cannot be written; <see langword="null"/> when it can.</returns>
    public static string? FindProblem(string path) => FindObstacle(path) ?? AtomicFile.TryCreate(path);

    private static string? FindObstacle(string path) =>
        Directory.Exists(path) ? "it is a directory"
        : IsDevice(Path.GetFullPath(path)) ? "it is a device, which the file would replace"
        : null;

    /// <summary>Root could replace even /dev/null, which the whole container needs.</summary>
    private static bool IsDevice(string path) =>
        path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal) && File.Exists(path);
}
