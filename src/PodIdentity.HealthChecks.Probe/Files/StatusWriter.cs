using System.Text;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Keeps a watch's status file.</summary>
internal sealed class StatusWriter(string path, TimeSpan goodFor, TimeProvider time, IReport report)
{
    private const UnixFileMode ReadableByAll = (UnixFileMode)0b110_100_100;

    /// <summary>By the clock that nobody turns.</summary>
    private long? _failingSince;

    private string? _problem;

    public void Write(IReadOnlyList<Answer> answers)
    {
        var now = time.GetUtcNow();
        _failingSince = answers.Any(a => a.IsFailing) ? _failingSince ?? time.GetTimestamp() : null;
        DateTimeOffset? failingSince = _failingSince is { } since ? now - time.GetElapsedTime(since) : null;
        var text = new WatchStatus(now, goodFor, failingSince, answers).Format();
        var problem = Obstacle(path) ?? Try(() => WholeFile.Write(path, ReadableByAll, file => file.Write(Encoding.UTF8.GetBytes(text))));
        if (problem is not null && !string.Equals(problem, _problem, StringComparison.Ordinal))
        {
            report.Note($"The status file {path} cannot be written: {problem}. Who reads it will be told that the watch is not running.");
        }

        _problem = problem;
    }

    /// <returns>Why no file can be written there, before anything is asked; <see langword="null"/> when one can.</returns>
    public static string? FindProblem(string path) => Obstacle(path) ?? Try(() => WholeFile.TryOut(path));

    private static string? Obstacle(string path) =>
        Directory.Exists(path) ? "it is a directory"
        : IsDevice(Path.GetFullPath(path)) ? "it is a device, which would be replaced by the file"
        : null;

    /// <summary>Root may replace even /dev/null, which all of the container needs; others are told that they may not.</summary>
    private static bool IsDevice(string path) =>
        path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal) && File.Exists(path);

    private static string? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception exception) when (FileProblem.IsOne(exception))
        {
            return FileProblem.Of(exception);
        }
    }
}
