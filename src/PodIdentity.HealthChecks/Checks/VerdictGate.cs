using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Telemetry;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>One try to find out: from the first request to the verdict. It ends in bounded time by itself.</summary>
internal interface IAttempt : IDisposable
{
    Task<Verdict> RunAsync(CancellationToken stopping);
}

/// <summary>
/// Stands between many callers and one attempt: a verdict is reused while it is fresh, and one attempt is in flight, whoever asks.
/// A caller that gives up leaves the attempt to the others.
/// </summary>
internal sealed class VerdictGate(string name, IAttempt attempt, HealthCheckTimingOptions options, TimeProvider time, CheckLog log, CheckMetrics metrics)
    : IHealthCheck, IDisposable
{
    private readonly object _lock = new();
#pragma warning disable CA2213 // Cancelled and not disposed: an attempt that begins while the gate is disposed still finds that it is.
    private readonly CancellationTokenSource _stopping = new();
#pragma warning restore CA2213
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
                running = _running = Start();
            }
        }

        try
        {
            var verdict = await running.WaitAsync(cancellationToken).ConfigureAwait(false);
            return await verdict.ResultFor(failureStatus).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The framework would log an exception with its stack trace.
            return new HealthCheckResult(failureStatus, "There is no verdict: the application is stopping.");
        }
    }

    /// <summary>The attempt belongs to all callers: nothing of the first one flows into it, neither its cancellation nor its context.</summary>
    private Task<KeptVerdict> Start()
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(RunAsync, CancellationToken.None);
        }
    }

    private async Task<KeptVerdict> RunAsync()
    {
        KeptVerdict? kept = null;
        try
        {
            _stopping.Token.ThrowIfCancellationRequested();
            var verdict = await attempt.RunAsync(_stopping.Token).ConfigureAwait(false);
            kept = new KeptVerdict(verdict, time.GetTimestamp(), Jitter.Lengthen(options.LifetimeOf(verdict.HasToken, verdict.IsOfEntra)));
            log.Verdict(verdict);
            metrics.Attempted(name, verdict);
            return kept;
        }
        catch (ObjectDisposedException) when (_stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(_stopping.Token);
        }
        finally
        {
            lock (_lock)
            {
                Volatile.Write(ref _kept, kept ?? _kept);
                _running = null;
            }
        }
    }
}

/// <summary>A verdict for reuse: the finished task is kept, so that handing it out again costs nothing.</summary>
internal sealed class KeptVerdict(Verdict verdict, long since, TimeSpan lifetime)
{
    /// <summary>A verdict does not outlive the token that it is about.</summary>
    private readonly DateTimeOffset _expiresOn = verdict is { HasToken: true, TokenExpiresOn: { } expiry } ? expiry : DateTimeOffset.MaxValue;
    private Result? _result;

    public bool IsFresh(TimeProvider time) => time.GetElapsedTime(since) < lifetime && time.GetUtcNow() < _expiresOn;

    /// <summary>Nearly always asked with one and the same status, that of the registration.</summary>
    public Task<HealthCheckResult> ResultFor(HealthStatus failureStatus)
    {
        var result = Volatile.Read(ref _result);
        if (result?.FailureStatus != failureStatus)
        {
            result = new Result(failureStatus, Task.FromResult(verdict.ToResult(failureStatus)));
            Volatile.Write(ref _result, result);
        }

        return result.Task;
    }

    private sealed record Result(HealthStatus FailureStatus, Task<HealthCheckResult> Task);
}
