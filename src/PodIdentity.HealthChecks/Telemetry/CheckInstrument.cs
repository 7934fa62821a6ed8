namespace PodIdentity.HealthChecks.Telemetry;

/// <summary>What is measured of checks, in units as UCUM writes them: by the library's meter, and by what has no meter.</summary>
internal sealed record CheckInstrument(string Name, string Unit, string Description)
{
    // The label of the framework's own metrics of health checks, so that both can be joined.
    public const string Check = "dotnet.health_check.name";
    public const string State = "podidentity.health_check.state";
    public const string Responder = "podidentity.responder";
    public const string Reason = "podidentity.reason";
    public const string NoReason = "None";

    public static readonly CheckInstrument Status = new(
        "podidentity.health_check.status", "1", "1 for the state that the last attempt found, 0 for the others.");
    public static readonly CheckInstrument Duration = new("podidentity.health_check.attempt.duration", "s", "How long attempts took.");
    public static readonly CheckInstrument Coalesced = new(
        "podidentity.health_check.coalesced_calls", "{call}", "Calls answered without an attempt of their own.");
    public static readonly CheckInstrument Lifetime = new(
        "podidentity.health_check.token.remaining_lifetime", "s", "How long the last token is still valid.");

    /// <summary>From a token on the same node to a request that NMI holds back: the default buckets suit milliseconds.</summary>
    public static readonly double[] DurationBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
}
