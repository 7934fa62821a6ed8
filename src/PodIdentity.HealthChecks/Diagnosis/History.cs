namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What earlier attempts of the same registration found.</summary>
internal sealed record History
{
    public static History Empty { get; } = new();

    /// <summary>When the last success was.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>When the last token that passed verification expires.</summary>
    public DateTimeOffset? TokenValidUntil { get; init; }

    /// <summary>Whose the last token was, verified or not.</summary>
    public TokenIdentity? Identity { get; init; }

    public bool HasValidToken(DateTimeOffset now) => TokenValidUntil > now;

    public History After(Observation seen, Severity found)
    {
        var token = seen.Token?.Token;
        var works = found is Severity.Healthy;
        return this with
        {
            LastSuccess = works ? seen.At : LastSuccess,
            TokenValidUntil = works && token is not null ? token.ExpiresOn : TokenValidUntil,
            Identity = token is { Identity.IsVerifiable: true } ? token.Identity : Identity,
        };
    }
}
