using System.Text;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Keeps a watch's status file.</summary>
internal sealed class StatusWriter(string path, TimeSpan goodFor, TimeProvider time, IReport report)
{
    private const UnixFileMode ReadableByAll = (UnixFileMode)0b110_100_100;

    private DateTimeOffset? _failingSince;
    private string? _problem;

    public void Write(IReadOnlyList<Answer> answers)
    {
        var now = time.GetUtcNow();
        _failingSince = answers.Any(a => a.IsFailing) ? _failingSince ?? now : null;
        var text = new WatchStatus(now, goodFor, _failingSince, answers).Format();
        var problem = Try(() => WholeFile.Write(path, ReadableByAll, file => file.Write(Encoding.UTF8.GetBytes(text))));
        if (problem is not null && !string.Equals(problem, _problem, StringComparison.Ordinal))
        {
            report.Note($"The status file {path} cannot be written: {problem}. Who reads it is told that the watch is not running.");
        }

        _problem = problem;
    }

    /// <returns>Why no file can be written there, before anything is asked; <see langword="null"/> when one can.</returns>
    public static string? FindProblem(string path) =>
        Directory.Exists(path) ? "it is a directory"
        : Try(() =>
        {
            var trial = path + ".trial";
            WholeFile.Write(trial, ReadableByAll, static _ => { });
            File.Delete(trial);
        });

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
