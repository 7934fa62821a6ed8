using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Reports what a watch last wrote.</summary>
/// <param name="path">The status file.</param>
/// <param name="failingFor">How long a failure must have lasted to count.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Where to report it.</param>
internal sealed class StatusReader(string path, TimeSpan failingFor, TimeProvider time, IReport report)
{
    private const int MaxBytes = 64 * 1024;
    private const string NotRunning = "The watch that writes it is not running";

    /// <summary>Opening a pipe that nobody writes to takes forever.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly string _shown = SafeText.Identifier(path);

    public async Task<int> RunAsync()
    {
        string? problem;
        var text = string.Empty;
        try
        {
            problem = Directory.Exists(path)
                ? "it is a directory"
                : await Task.Run(() => FileProblem.Catch(() => text = Read())).WaitAsync(Timeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            problem = $"no data after {Phrases.For(Timeout)}; it is probably not a file";
        }

        if (problem is not null)
        {
            return Report($"cannot be read: {problem}.", "A running watch keeps this file up to date");
        }

        if (WatchStatus.Parse(text) is not { } status)
        {
            return WatchStatus.IsOne(text)
                ? Report("is damaged, or was written by another version of `podidentity-probe watch`.", "Only the watch may write it, and both containers need the same version")
                : Report("was not written by `podidentity-probe watch`.", "Only the watch may write it");
        }

        var age = time.GetUtcNow() - status.At;
        return status.IsGoodAt(time.GetUtcNow()) ? Report([.. status.Answers.Select(a => a with { Verdict = a.Verdict with { Data = status.Data } })], status.FailingSince)
            : age < TimeSpan.Zero ? Report(
                $"is dated {Phrases.For(age)} from now: the clock was set back, or another node wrote it.", NotRunning, status.Data)
            : Report(
                $"was written {Phrases.For(age)} ago and was valid for only {Phrases.For(status.GoodFor)}.",
                NotRunning,
                status.Data,
                status.FailingSince ?? status.At + status.GoodFor);
    }

    private int Report(string problem, string cause, IReadOnlyDictionary<string, object>? data = null, DateTimeOffset? failingSince = null)
    {
        var hint = $"{cause}. See the log of the container that runs `podidentity-probe watch` with `--status-file {_shown}`, "
            + "and check that both containers mount the same volume.";
        return Report([WatchStatus.Answer(HealthStatus.Unhealthy, $"The status file {_shown} {problem}", hint, data)], failingSince);
    }

    private int Report(IReadOnlyList<Answer> answers, DateTimeOffset? failingSince)
    {
        foreach (var answer in answers)
        {
            report.Verdict(answer);
        }

        if (answers.FirstOrDefault(a => a.IsFailing) is not { } failure)
        {
            return ExitCode.Healthy;
        }

        // A start in the future means that the clock was set back: nobody knows how long it has lasted.
        var failing = time.GetUtcNow() - failingSince;
        if (failing < TimeSpan.Zero || !(failing < failingFor))
        {
            return failure.ExitCode;
        }

        report.Note(WatchStatus.Excuse(failing.Value, failingFor));
        return ExitCode.Healthy;
    }

    /// <returns>The file; what is longer than any status is none.</returns>
    private string Read()
    {
        using var file = File.OpenRead(path);
        var content = new byte[MaxBytes + 1];
        var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return length > MaxBytes ? string.Empty : Encoding.UTF8.GetString(content, 0, length);
    }
}
