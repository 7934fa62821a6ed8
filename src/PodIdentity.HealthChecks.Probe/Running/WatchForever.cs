using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Asks for ever, and says what changes.</summary>
/// <param name="question">What to ask.</param>
/// <param name="interval">Between two rounds.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Where changes are said.</param>
/// <param name="keep">Keeps what each round found.</param>
internal sealed class WatchForever(
    IQuestion question, TimeSpan interval, TimeProvider time, IReport report, Action<IReadOnlyList<Answer>>? keep = null)
{
    private readonly Dictionary<string, (Severity, PodIdentityFailureReason?)> _said = new(StringComparer.Ordinal);

    /// <exception cref="OperationCanceledException"><paramref name="stopping"/> was cancelled: it ends in no other way.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            var answers = await question.AskAsync(stopping).ConfigureAwait(false);
            keep?.Invoke(answers);
            foreach (var answer in answers)
            {
                SayWhatChanged(answer);
            }

            // So that the pods of a node do not ask in step.
            await Task.Delay(interval * (1 + (Random.Shared.NextDouble() * VerdictGate.Spread)), time, stopping).ConfigureAwait(false);
        }
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
}
