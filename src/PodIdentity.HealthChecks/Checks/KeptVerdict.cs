using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>A verdict for reuse: the finished task is kept, so that handing it out again costs nothing.</summary>
internal sealed class KeptVerdict(Verdict verdict, long goodUntil)
{
    private Result? _result;

    public bool IsFresh(TimeProvider time) => time.GetTimestamp() < goodUntil;

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
