using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>How bad a finding is, given what was found before.</summary>
internal static class Judgement
{
    /// <param name="finding">What was found.</param>
    /// <param name="before">What was found before that.</param>
    /// <param name="now">The time of day, which a token's expiry is told in.</param>
    /// <param name="sinceSuccess">How long the last success was ago.</param>
    /// <param name="grace">For how long after it a failure is only a degradation.</param>
    public static HealthStatus Of(Finding finding, History before, DateTimeOffset now, TimeSpan? sinceSuccess, TimeSpan grace) => finding switch
    {
        { IsWarning: true } => HealthStatus.Degraded,
        { Reason: null } => HealthStatus.Healthy,
        { IsServiceTrouble: true } or { IsUnconfirmed: true } when now < before.ExcusedUntil => HealthStatus.Degraded,
        _ when sinceSuccess < grace => HealthStatus.Degraded,
        _ => HealthStatus.Unhealthy,
    };
}
