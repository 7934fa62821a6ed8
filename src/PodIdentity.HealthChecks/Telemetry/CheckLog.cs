using Microsoft.Extensions.Logging;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Telemetry;

/// <summary>The log of one check: a line when its verdict changes, none when it stays.</summary>
internal sealed class CheckLog(ILogger logger, string check)
{
    private (Severity Severity, PodIdentityFailureReason? Reason)? _last;

    public void Verdict(Verdict verdict)
    {
        var now = (verdict.Severity, verdict.Reason);
        if (_last == now)
        {
            return;
        }

        _last = now;
        if (verdict.Reason is { } reason)
        {
            Log.NotHealthy(logger, check, Words(verdict.Severity), reason.ToString(), verdict.Description);
        }
        else
        {
            Log.Healthy(logger, check, Words(verdict.Severity), verdict.Description);
        }
    }

    public void BacksOff(TimeSpan time) => Log.BackedOff(logger, check, time.TotalSeconds);

    public void WaitsForNmi(TimeSpan time) => Log.WaitsForNmi(logger, check, time.TotalSeconds);

    private static string Words(Severity severity) => severity switch
    {
        Severity.Healthy => "healthy",
        Severity.Degraded => "degraded",
        _ => "failing",
    };
}
