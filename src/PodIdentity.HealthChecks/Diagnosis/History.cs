namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What earlier attempts of the same registration found.</summary>
internal sealed record History
{
    public static History Empty { get; } = new();

    /// <summary>When the last success was.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>When the last token that passed verification expires.</summary>
    public DateTimeOffset? TokenValidUntil { get; init; }

    /// <summary>Whose the last token was, of those that were accepted but perhaps for a change of identity.</summary>
    public TokenIdentity? Identity { get; init; }

    public bool HasValidToken(DateTimeOffset now) => TokenValidUntil > now;

    public History After(Observation seen, Finding finding)
    {
        var token = seen.Token?.Token;
        var works = finding.Reason is null;
        var isTheirs = finding.Reason is null or PodIdentityFailureReason.TokenExpiring or PodIdentityFailureReason.IdentityUnstable;
        return this with
        {
            LastSuccess = works ? seen.At : LastSuccess,
            TokenValidUntil = works && token is not null ? token.ExpiresOn : TokenValidUntil,
            Identity = isTheirs && token is { Identity.IsVerifiable: true } ? token.Identity : Identity,
        };
    }
}
