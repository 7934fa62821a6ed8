using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.StartupGate;

/// <summary>Holds the host at one gate: tries the checks, pauses, and logs what still fails.</summary>
internal sealed class GateWait(
    GateRegistration gate, StartupGateOptions options, IReadOnlyList<string> checks, HealthCheckService health, TimeProvider time, ILogger logger)
{
    /// <summary>How often the same failures are logged at most.</summary>
    private static readonly TimeSpan MinLogInterval = TimeSpan.FromSeconds(10);

    private readonly long _start = time.GetTimestamp();
    private (string Check, string Finding)[] _logged = [];
    private long _loggedAt;

    private TimeSpan Left => options.Timeout - time.GetElapsedTime(_start);

    /// <exception cref="TimeoutException">The checks did not pass in time.</exception>
    public async Task HoldAsync(CancellationToken stopping)
    {
        GateLog.Waiting(logger, gate.Name, string.Join(", ", checks), Phrases.For(options.Timeout));
        CheckState[] states = [];
        var pause = options.Interval;
        for (var tries = 1; ; tries++)
        {
            var answers = await TryAsync(stopping).ConfigureAwait(false);
            if (answers.All(a => a is { Passes: true }))
            {
                GateLog.Opened(logger, gate.Name, Phrases.For(time.GetElapsedTime(_start)), tries);
                return;
            }

            states = [.. answers.Select((answer, i) => answer ?? LastFailure(states, i))];
            var failing = Array.FindAll(states, s => !s.Passes);
            var rest = Left - options.Interval;
            if (rest <= TimeSpan.Zero)
            {
                throw new TimeoutException(Diagnosis(failing, tries));
            }

            LogHolding(failing);
            await Task.Delay(pause < rest ? pause : rest, time, stopping).ConfigureAwait(false);
            pause = pause * 2 < options.MaximumInterval ? pause * 2 : options.MaximumInterval;
        }
    }

    /// <returns>Each check's answer, or <see langword="null"/> where the time was up before there was one.</returns>
    private async Task<CheckState?[]> TryAsync(CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(Left > TimeSpan.Zero ? Left : TimeSpan.Zero, time);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        var answers = await Task.WhenAll(checks.Select(c => AskAsync(c, bounded.Token))).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        return answers;
    }

    /// <summary>Each check runs by itself, which shows the one that hangs; one that ignores its cancellation is left behind.</summary>
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

    /// <summary>At once when the failures change, otherwise now and then.</summary>
    private void LogHolding(CheckState[] failing)
    {
        var found = Array.ConvertAll(failing, s => (s.Check, s.Finding));
        if (!found.SequenceEqual(_logged) || time.GetElapsedTime(_loggedAt) >= MinLogInterval)
        {
            (_logged, _loggedAt) = (found, time.GetTimestamp());
            GateLog.Holding(logger, gate.Name, Phrases.For(Left), string.Join("; ", failing.Select(s => $"{s}".TrimEnd('.'))));
        }
    }

    private string Diagnosis(CheckState[] failing, int tries) =>
        $"Start-up gate '{gate.Name}' did not open within {Phrases.For(options.Timeout)} (tries: {tries}), and the host did not start:"
        + string.Concat(failing.Select(s => $"{Environment.NewLine}- {s}"))
        + $"{Environment.NewLine}To start without waiting, set {options.DisableVariable}=true.";
}
