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
    /// <summary>The part by which a wait is made longer at random, at most, so that the pods of a node do not ask in step.</summary>
    internal const double Spread = 0.2;

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
        TaskCompletionSource<KeptVerdict>? started = null;
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
                started = new TaskCompletionSource<KeptVerdict>();
                running = _running = started.Task;
            }
        }

        if (started is not null)
        {
            // Outside of the lock, and not with the first caller's cancellation: the attempt belongs to all of them.
            _ = RunAsync(started);
        }

        var verdict = await running.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await verdict.ResultFor(failureStatus).ConfigureAwait(false);
    }

    private async Task RunAsync(TaskCompletionSource<KeptVerdict> done)
    {
        KeptVerdict? kept = null;
        Exception? failure = null;
        try
        {
            var verdict = await attempt.RunAsync(_stopping.Token).ConfigureAwait(false);
            kept = new KeptVerdict(verdict, time.GetTimestamp() + ToTimestamp(LifetimeOf(verdict)));
            log.Verdict(verdict);
            metrics.Attempted(name, verdict);
        }
#pragma warning disable CA1031 // It is handed to every caller.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        lock (_lock)
        {
            Volatile.Write(ref _kept, kept ?? _kept);
            _running = null;
        }

        if (failure is null)
        {
            done.SetResult(kept!);
        }
        else
        {
            done.SetException(failure);

            // Nobody need be left to see it.
            _ = done.Task.Exception;
        }
    }

    private TimeSpan LifetimeOf(Verdict verdict)
    {
        var lifetime = verdict is { HasToken: true, Severity: not Severity.Failing } ? options.ResultLifetime : options.FailureLifetime;
        return lifetime * (1 + (Random.Shared.NextDouble() * Spread));
    }

    private long ToTimestamp(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
