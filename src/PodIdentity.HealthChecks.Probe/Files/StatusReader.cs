using System.Text;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Tells what a watch last wrote, as if it had been checked now.</summary>
/// <param name="path">The status file.</param>
/// <param name="failingFor">How long it must have been failing without a break to count.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Where to tell it.</param>
internal sealed class StatusReader(string path, TimeSpan failingFor, TimeProvider time, IReport report)
{
    private const int MostBytes = 64 * 1024;

    /// <summary>A file is read in no time; a pipe that nobody writes into is never opened.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly IReadOnlyDictionary<string, object> NoData = new Dictionary<string, object>(StringComparer.Ordinal);

    private readonly string _shown = SafeText.Identifier(path);

    public async Task<int> RunAsync()
    {
        var (text, problem) = await ReadAsync().ConfigureAwait(false);
        if (text is null)
        {
            return Tell([Doubt($"The status file {_shown} cannot be read: {problem}. A watch that runs keeps one there: {SeeWatch}")], failingSince: null);
        }

        if (WatchStatus.Parse(text) is not { } status)
        {
            return Tell([Doubt($"The status file {_shown} was not written by `podidentity-probe watch` of this version. Nothing else may write there: {SeeWatch}")], failingSince: null);
        }

        var now = time.GetUtcNow();
        if (status.HoldsAt(now))
        {
            return Tell(status.Answers, status.FailingSince);
        }

        var end = status.At + status.GoodFor;
        return now < status.At
            ? Tell([Doubt($"The status file {_shown} is of {Words.For(status.At - now)} from now: the clock was turned back, or it is not this node's. The watch that writes it is not running: {SeeWatch}")], failingSince: null)
            : Tell([Doubt($"The status file {_shown} was written {Words.For(now - status.At)} ago, and was good for {Words.For(status.GoodFor)}. The watch that writes it is not running: {SeeWatch}")], status.FailingSince ?? end);
    }

    private string SeeWatch =>
        $"see the log of the container with `podidentity-probe watch all --status-file {_shown}`, and that both containers mount the same volume.";

    private static Answer Doubt(string text) => new("watch", new Verdict(Severity.Failing, null, text, NoData));

    private int Tell(IReadOnlyList<Answer> answers, DateTimeOffset? failingSince)
    {
        foreach (var answer in answers)
        {
            report.Verdict(answer);
        }

        if (answers.FirstOrDefault(a => a.IsFailing) is not { } failure)
        {
            return ExitCode.Healthy;
        }

        // Since a moment to come: the clock was turned back, and how long it has been is not known.
        if (failingFor > TimeSpan.Zero && failingSince is { } since && time.GetUtcNow() - since is var failing && failing >= TimeSpan.Zero && failing < failingFor)
        {
            report.Note($"It has been failing for {Words.For(failing)}: it counts after {Words.For(failingFor)}.");
            return ExitCode.Healthy;
        }

        return failure.ExitCode;
    }

    private async Task<(string? Text, string? Problem)> ReadAsync()
    {
        try
        {
            return await Task.Run(Read).WaitAsync(Patience, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return (null, $"nothing came from it in {Words.For(Patience)}, so that it is probably no file");
        }
    }

    private (string? Text, string? Problem) Read()
    {
        try
        {
            if (Directory.Exists(path))
            {
                return (null, "it is a directory");
            }

            using var file = File.OpenRead(path);
            var content = new byte[MostBytes + 1];
            var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return length > MostBytes ? (null, "it is longer than any status") : (Encoding.UTF8.GetString(content, 0, length), null);
        }
        catch (Exception exception) when (FileProblem.IsOne(exception))
        {
            return (null, FileProblem.Of(exception));
        }
    }
}
