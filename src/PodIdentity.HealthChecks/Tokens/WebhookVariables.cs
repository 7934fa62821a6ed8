using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>The variables that workload identity's webhook sets. Without any one of them a managed identity credential asks the metadata service.</summary>
internal static class WebhookVariables
{
    private static readonly string[] Names = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", FederatedTokenFacts.Variable];

    public static IReadOnlyList<string> FindMissing() => [.. Names.Where(n => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(n)))];
}
