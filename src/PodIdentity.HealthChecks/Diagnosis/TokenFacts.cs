namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What is kept of a token: everything but its text.</summary>
internal sealed record TokenFacts(TokenIdentity Identity, DateTimeOffset? ExpiresOn, DateTimeOffset? IssuedAt = null)
{
    public TimeSpan Left(DateTimeOffset now) => ExpiresOn is { } expiry ? expiry - now : TimeSpan.MaxValue;
}
