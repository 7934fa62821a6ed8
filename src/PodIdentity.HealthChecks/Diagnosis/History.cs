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

    /// <summary>How long the last success was ago.</summary>
    public TimeSpan? SinceSuccess(TimeProvider time) => LastSuccess is { } last ? time.GetElapsedTime(last) : null;

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
