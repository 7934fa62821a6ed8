using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Asks until it is stopped, and reports what changes.</summary>
/// <param name="question">What to ask.</param>
/// <param name="interval">The min time between two rounds.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Where to report changes.</param>
/// <param name="keep">Keeps what each round found; may be <see langword="null"/>.</param>
internal sealed class WatchForever(
    IQuestion question, TimeSpan interval, TimeProvider time, IReport report, Action<Round>? keep = null)
{
    private readonly Dictionary<string, (HealthStatus, PodIdentityFailureReason?)> _reported = new(StringComparer.Ordinal);

    /// <exception cref="OperationCanceledException"><paramref name="stopping"/> was cancelled: nothing else ends it.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        Round? round = null;
        while (true)
        {
            var answers = await question.AskAsync(stopping).ConfigureAwait(false);
            round = Round.After(round, answers, time);
            keep?.Invoke(round);
            foreach (var answer in answers)
            {
                ReportChange(answer);
            }

            // Jitter keeps the pods of a node from asking in step.
            await Task.Delay(Jitter.Lengthen(interval), time, stopping).ConfigureAwait(false);
        }
    }

    private void ReportChange(Answer answer)
    {
        var now = (answer.Verdict.Status, answer.Verdict.Reason);
        if ((!_reported.TryGetValue(answer.Subject, out var before) || before != now) && report.Verdict(answer))
        {
            _reported[answer.Subject] = now;
        }
    }
}
