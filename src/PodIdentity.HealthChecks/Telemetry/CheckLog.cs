using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Telemetry;

/// <summary>The log of one check: a line when its verdict changes, none when it stays.</summary>
internal sealed class CheckLog(ILogger logger, string check)
{
    private (HealthStatus Status, PodIdentityFailureReason? Reason)? _last;
    private string? _lastFactoryFailure;

    public void Verdict(Verdict verdict)
    {
        var now = (verdict.Status, verdict.Reason);
        if (_last == now)
        {
            return;
        }

        _last = now;
        if (verdict.Reason is { } reason)
        {
            Log.NotHealthy(logger, check, Words(verdict.Status), reason.ToString(), verdict.Description);
        }
        else
        {
            Log.Healthy(logger, check, Words(verdict.Status), verdict.Description);
        }
    }

    public void BacksOff(TimeSpan time) => Log.BackedOff(logger, check, time.TotalSeconds);

    public void WaitsForNmi(TimeSpan time) => Log.WaitsForNmi(logger, check, time.TotalSeconds);

    /// <summary>The factory is called again at each attempt: what it throws is logged when that changes.</summary>
    public void CredentialFactoryFailed(Exception exception)
    {
        var failure = exception.ToString();
        if (!string.Equals(failure, _lastFactoryFailure, StringComparison.Ordinal))
        {
            _lastFactoryFailure = failure;
            Log.CredentialFactoryFailed(logger, check, exception);
        }
    }

    private static string Words(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "failing",
    };
}
