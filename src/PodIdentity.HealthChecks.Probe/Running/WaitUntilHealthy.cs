using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Asks until all is well or the retries are used up.</summary>
internal sealed class WaitUntilHealthy(IQuestion question, Retries retries, TimeSpan attemptTimeout, TimeProvider time, IReport report)
{
    public async Task<int> RunAsync(CancellationToken stopping)
    {
        for (var attempt = 1; ; attempt++)
        {
            var rest = retries.LongestAfter(attempt, attemptTimeout);
            var answers = await AskAsync(attemptTimeout + retries.DelayAfter(attempt) + rest, stopping).ConfigureAwait(false);
            if (answers.FirstOrDefault(a => a.IsFailing) is not { } failure)
            {
                foreach (var answer in answers)
                {
                    report.Verdict(answer);
                }

                return ExitCode.Healthy;
            }

            if (attempt >= retries.Attempts)
            {
                report.Attempt(failure, attempt, retries.Attempts, retryIn: null, timeLeft: TimeSpan.Zero);
                return failure.ExitCode;
            }

            var delay = retries.DelayAfter(attempt, failure.Verdict.RetryAfter);
            report.Attempt(failure, attempt, retries.Attempts, delay, delay + rest);
            using var progress = new ProgressLines(time, report, delay + rest);
            await Task.Delay(delay, time, stopping).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<Answer>> AskAsync(TimeSpan longest, CancellationToken stopping)
    {
        using var progress = new ProgressLines(time, report, longest);
        return await question.AskAsync(stopping).ConfigureAwait(false);
    }
}
