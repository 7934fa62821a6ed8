namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>How the federated token file of workload identity is: what is wrong with it, if anything, and what to do about that.</summary>
internal sealed record FederatedTokenFacts(string Path, string? Problem = null, string? Hint = null)
{
    /// <summary>Where the webhook says that it is.</summary>
    public const string Variable = "AZURE_FEDERATED_TOKEN_FILE";

    /// <summary>What the token in it says, where there is one.</summary>
    public FederatedTokenClaims Claims { get; init; } = FederatedTokenClaims.None;
}

/// <summary>What a federated token says about itself, which must be exactly as in a federated credential of the identity.</summary>
internal sealed record FederatedTokenClaims(string? Issuer, string? Subject, string? Audience, DateTimeOffset? ExpiresOn)
{
    public static FederatedTokenClaims None { get; } = new(null, null, null, null);

    public override string ToString() => $"issuer `{Issuer ?? "none"}`, subject `{Subject ?? "none"}`, audience `{Audience ?? "none"}`";
}
