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

/// <summary>The lines of the log. Their ids and names are a contract.</summary>
internal static partial class Log
{
    public const string Category = "PodIdentity.HealthChecks";

    [LoggerMessage(1, LogLevel.Information, "{Check} is {Status}: {Description}", EventName = "PodIdentityHealthy")]
    public static partial void Healthy(ILogger logger, string check, string status, string description);

    [LoggerMessage(2, LogLevel.Warning, "{Check} is {Status} ({Reason}): {Description}", EventName = "PodIdentityNotHealthy")]
    public static partial void NotHealthy(ILogger logger, string check, string status, string reason, string description);

    [LoggerMessage(3, LogLevel.Information, "{Check} requests no token for the next {Seconds:0.#} s, to avoid adding load", EventName = "PodIdentityBackedOff")]
    public static partial void BackedOff(ILogger logger, string check, double seconds);

    [LoggerMessage(4, LogLevel.Information, "{Check} waits up to {Seconds:0} s for NMI to say why there is no token", EventName = "PodIdentityWaitsForNmi")]
    public static partial void WaitsForNmi(ILogger logger, string check, double seconds);

    [LoggerMessage(5, LogLevel.Error, "{Check} has no credential: the application's credential factory failed", EventName = "PodIdentityCredentialFactoryFailed")]
    public static partial void CredentialFactoryFailed(ILogger logger, string check, Exception exception);

    [LoggerMessage(6, LogLevel.Information, "{Check} uses its default options: the configuration section '{Section}' is empty. Its name may be misspelt", EventName = "PodIdentitySectionEmpty")]
    public static partial void SectionEmpty(ILogger logger, string check, string section);
}
