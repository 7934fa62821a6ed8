namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What a federated token says about itself, which must fit a federated credential of the identity letter by letter.</summary>
internal sealed record FederatedTokenClaims(string? Issuer, string? Subject, string? Audience, DateTimeOffset? ExpiresOn)
{
    public static FederatedTokenClaims None { get; } = new(null, null, null, null);

    public override string ToString() => $"issuer `{Issuer ?? "none"}`, subject `{Subject ?? "none"}`, audience `{Audience ?? "none"}`";
}
