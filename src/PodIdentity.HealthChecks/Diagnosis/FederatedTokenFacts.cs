namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>How the federated token file of workload identity is.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Problem">What is wrong with it; <see langword="null"/> when nothing is.</param>
internal sealed record FederatedTokenFacts(string Path, string? Problem)
{
    /// <summary>Where the webhook says that it is.</summary>
    public const string Variable = "AZURE_FEDERATED_TOKEN_FILE";

    /// <summary>What the token in it says, where there is one.</summary>
    public FederatedTokenClaims Claims { get; init; } = FederatedTokenClaims.None;
}
