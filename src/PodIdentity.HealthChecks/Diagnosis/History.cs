using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What earlier attempts of the same registration found.</summary>
internal sealed record History
{
    public static History Empty { get; } = new();

    /// <summary>When the last success was, as a timestamp.</summary>
    public long? LastSuccess { get; init; }

    /// <summary>Until when the last token that passed verification excuses trouble of the token service.</summary>
    public DateTimeOffset? ExcusedUntil { get; init; }

    public IdentityHistory Identities { get; init; } = IdentityHistory.Empty;

    public RefusalHistory Refusals { get; init; } = RefusalHistory.Empty;

    /// <summary>How bad a finding is, after what was found before. During the grace a failure is only a degradation.</summary>
    public HealthStatus StatusOf(Finding finding, DateTimeOffset now, TimeSpan grace, TimeProvider time) => finding switch
    {
        { IsWarning: true } => HealthStatus.Degraded,
        { Reason: null } => HealthStatus.Healthy,
        { IsServiceTrouble: true } or { IsUnconfirmed: true } when now < ExcusedUntil => HealthStatus.Degraded,
        _ when LastSuccess is { } last && time.GetElapsedTime(last) < grace => HealthStatus.Degraded,
        _ => HealthStatus.Unhealthy,
    };

    public History After(Observation seen, Finding finding, TimeProvider time)
    {
        if (!finding.HasToken)
        {
            return this with
            {
                ExcusedUntil = finding.RefutesToken ? null : ExcusedUntil,
                Identities = finding.Reason is PodIdentityFailureReason.IdentityUnstable or PodIdentityFailureReason.TokenExpiring ? seen.Identities : Identities,
                Refusals = seen.Refusals,
            };
        }

        return this with
        {
            LastSuccess = time.GetTimestamp(),
            ExcusedUntil = seen.Token?.Token is { } token ? ExcuseOf(token, seen) : ExcusedUntil,
            Identities = seen.Identities,
            Refusals = seen.Refusals,
        };
    }

    /// <summary>A token excuses for as long as it is valid beyond the minimum; one that was issued with less, for as long as it is valid.</summary>
    private static DateTimeOffset? ExcuseOf(TokenFacts token, Observation seen) =>
        token.ExpiresOn is not { } expiry ? null
        : expiry - seen.At > seen.MinimumTokenLifetime ? expiry - seen.MinimumTokenLifetime
        : expiry;
}
