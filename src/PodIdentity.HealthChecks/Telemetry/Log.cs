using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Telemetry;

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

    [LoggerMessage(4, LogLevel.Information, "{Check} has asked NMI again and waits up to {Seconds:0} s for it to say why there is no token", EventName = "PodIdentityWaitsForNmi")]
    public static partial void WaitsForNmi(ILogger logger, string check, double seconds);

    [LoggerMessage(5, LogLevel.Error, "{Check} has no credential: the application's credential factory failed", EventName = "PodIdentityCredentialFactoryFailed")]
    public static partial void CredentialFactoryFailed(ILogger logger, string check, Exception exception);

    [LoggerMessage(6, LogLevel.Information, "{Check} uses its default options: the configuration section '{Section}' is empty", EventName = "PodIdentitySectionEmpty")]
    public static partial void SectionEmpty(ILogger logger, string check, string section);
}
