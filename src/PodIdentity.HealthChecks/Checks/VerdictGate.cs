using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Telemetry;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>
/// Stands between many callers and one attempt: a verdict is reused while it is fresh, and one attempt is in flight, whoever asks.
/// A caller that gives up leaves the attempt to the others.
/// </summary>
internal sealed class VerdictGate(string name, IAttempt attempt, HealthCheckTimingOptions options, TimeProvider time, CheckLog log, CheckMetrics metrics)
    : IHealthCheck, IDisposable
{
    private readonly object _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private KeptVerdict? _kept;
    private Task<KeptVerdict>? _running;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<HealthCheckResult>(cancellationToken);
        }

        // A check that is called by hand has no registration.
        var failureStatus = context?.Registration?.FailureStatus ?? HealthStatus.Unhealthy;
        if (Volatile.Read(ref _kept) is { } kept && kept.IsFresh(time))
        {
            metrics.Coalesced(name);
            return kept.ResultFor(failureStatus);
        }

        return JoinAsync(failureStatus, cancellationToken);
    }

    public void Dispose()
    {
        _stopping.Cancel();
        attempt.Dispose();
        _stopping.Dispose();
    }

    private async Task<HealthCheckResult> JoinAsync(HealthStatus failureStatus, CancellationToken cancellationToken)
    {
        Task<KeptVerdict> running;
        lock (_lock)
        {
            var kept = _kept is { } last && last.IsFresh(time) ? Task.FromResult(last) : null;
            if ((_running ?? kept) is { } shared)
            {
                running = shared;
                metrics.Coalesced(name);
            }
            else
            {
                // Not on the first caller's thread, and not with its cancellation: the attempt belongs to all of them.
                running = _running = Task.Run(RunAsync, CancellationToken.None);
            }
        }

        var verdict = await running.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await verdict.ResultFor(failureStatus).ConfigureAwait(false);
    }

    private async Task<KeptVerdict> RunAsync()
    {
        try
        {
            var verdict = await attempt.RunAsync(_stopping.Token).ConfigureAwait(false);
            var kept = new KeptVerdict(verdict, time.GetTimestamp() + ToTimestamp(LifetimeOf(verdict)));
            Volatile.Write(ref _kept, kept);
            log.Verdict(verdict);
            metrics.Attempted(name, verdict);
            return kept;
        }
        finally
        {
            lock (_lock)
            {
                _running = null;
            }
        }
    }

    private TimeSpan LifetimeOf(Verdict verdict)
    {
        var lifetime = verdict is { HasToken: true, Severity: not Severity.Failing } ? options.ResultLifetime : options.FailureLifetime;
        return lifetime * (1 + (Random.Shared.NextDouble() / 5));
    }

    private long ToTimestamp(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
