using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Startup;

/// <summary>One gate's wait: tries, pauses, and what is told about them.</summary>
internal sealed class GateWait(
    StartupGate gate, StartupGateOptions options, IReadOnlyList<string> checks, HealthCheckService health, TimeProvider time, ILogger logger)
{
    private readonly long _start = time.GetTimestamp();
    private readonly GateProgress _progress = new(gate, time, logger);

    private TimeSpan Left => options.Timeout - time.GetElapsedTime(_start);

    /// <exception cref="TimeoutException">The checks did not pass in time.</exception>
    public async Task HoldAsync(CancellationToken stopping)
    {
        _progress.Begin(checks, options.Timeout);
        CheckState[] states = [];
        var pause = options.Interval;
        for (var tries = 1; ; tries++)
        {
            var answers = await TryAsync(stopping).ConfigureAwait(false);
            if (answers.All(a => a is { Passes: true }))
            {
                _progress.Pass(time.GetElapsedTime(_start), tries);
                return;
            }

            states = [.. answers.Select((answer, i) => answer ?? LastFailure(states, i))];
            var rest = Left - options.Interval;
            if (rest <= TimeSpan.Zero)
            {
                throw new TimeoutException(Diagnosis(states, tries));
            }

            _progress.Report(states, Left);
            await Task.Delay(pause < rest ? pause : rest, time, stopping).ConfigureAwait(false);
            pause = pause * 2 < options.MaximumInterval ? pause * 2 : options.MaximumInterval;
        }
    }

    /// <returns>For each check its answer, or <see langword="null"/> where the time was up before there was one.</returns>
    private async Task<CheckState?[]> TryAsync(CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(Left > TimeSpan.Zero ? Left : TimeSpan.Zero, time);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        var answers = await Task.WhenAll(checks.Select(c => AskAsync(c, bounded.Token))).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        return answers;
    }

    /// <summary>Each check is run by itself, so that it is known which one hangs; and one that ignores its cancellation is left behind.</summary>
    private async Task<CheckState?> AskAsync(string check, CancellationToken cancellationToken)
    {
        try
        {
            var report = await health
                .CheckHealthAsync(r => string.Equals(r.Name, check, StringComparison.Ordinal), cancellationToken)
                .WaitAsync(cancellationToken)
                .ConfigureAwait(false);
            return CheckState.Of(check, report.Entries[check], options.AcceptDegraded);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>What a check said before says more than that the last try was cut short.</summary>
    private CheckState LastFailure(CheckState[] states, int index) =>
        states.ElementAtOrDefault(index) is { Passes: false } known ? known : CheckState.Unanswered(checks[index]);

    private string Diagnosis(CheckState[] states, int tries)
    {
        var failing = string.Concat(states.Where(s => !s.Passes).Select(s => $"{Environment.NewLine}- {s}"));
        return $"Start-up gate '{gate.Name}' did not open within {Words.For(options.Timeout)} (tries: {tries}), so that the host was not started:{failing}"
            + $"{Environment.NewLine}To start without waiting, set {options.DisableVariable}=true.";
    }
}
