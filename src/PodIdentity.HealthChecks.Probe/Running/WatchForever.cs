using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Asks for ever, and says what changes.</summary>
internal sealed class WatchForever(IQuestion question, TimeSpan interval, TimeSpan attemptTimeout, TimeProvider time, IReport report)
{
    private readonly Dictionary<string, (Severity, PodIdentityFailureReason?)> _said = new(StringComparer.Ordinal);
    private readonly BackOff _backOff = new(time);

    /// <exception cref="OperationCanceledException"><paramref name="stopping"/> was cancelled: it ends in no other way.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            foreach (var answer in await AskAsync(stopping).ConfigureAwait(false))
            {
                SayWhatChanged(answer);
                Restrain(answer);
            }

            // So that the pods of a node do not ask in step.
            var pause = interval * (1 + (Random.Shared.NextDouble() * VerdictGate.Spread));
            await Task.Delay(pause < _backOff.Remaining ? _backOff.Remaining : pause, time, stopping).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping)
    {
        using var progress = new ProgressLines(time, report, attemptTimeout);
        return await question.AskAsync(stopping).ConfigureAwait(false);
    }

    private void SayWhatChanged(Answer answer)
    {
        var now = (answer.Verdict.Severity, answer.Verdict.Reason);
        if (!_said.TryGetValue(answer.Subject, out var before) || before != now)
        {
            _said[answer.Subject] = now;
            report.Verdict(answer);
        }
    }

    /// <summary>What is at its limit, or goes on trying for a caller that has left, is not helped by being asked again.</summary>
    private void Restrain(Answer answer)
    {
        if (answer.Verdict.Reason is PodIdentityFailureReason.Throttled or PodIdentityFailureReason.IdentityPending or PodIdentityFailureReason.TimedOut)
        {
            _backOff.Begin(answer.RetryAfter);
        }
        else
        {
            _backOff.End();
        }
    }
}
