using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>What the webhook of workload identity has told the pod.</summary>
/// <param name="TokenFile">Where the service account token is.</param>
/// <param name="AuthorityHost">Where Microsoft Entra ID is.</param>
/// <param name="Tenant">Which tenant the token is exchanged in.</param>
/// <param name="ClientId">For which identity, unless another one is named.</param>
internal sealed record FederatedPod(string TokenFile, string AuthorityHost, string Tenant, string ClientId)
{
    public const string AuthorityHostVariable = "AZURE_AUTHORITY_HOST";
    public const string DefaultAuthorityHost = "https://login.microsoftonline.com/";

    /// <summary><see langword="null"/> where the authority is no https address: whoever reads the service account token on the way could use it.</summary>
    public Uri? TokenEndpoint { get; } =
        Uri.TryCreate(AuthorityHost, UriKind.Absolute, out var authority) && authority.Scheme is "https"
            ? new Uri(authority, $"/{Uri.EscapeDataString(Tenant)}/oauth2/v2.0/token")
            : null;

    /// <returns><see langword="null"/> on a pod that the webhook has told nothing, or not all.</returns>
    /// <remarks>The variables without which <c>ManagedIdentityCredential</c> asks the metadata service, too.</remarks>
    public static FederatedPod? Read(Func<string, string?> environment) =>
        environment(FederatedTokenFacts.Variable) is { Length: > 0 } file
        && environment("AZURE_TENANT_ID") is { Length: > 0 } tenant
        && environment("AZURE_CLIENT_ID") is { Length: > 0 } client
            ? new FederatedPod(file, environment(AuthorityHostVariable) is { Length: > 0 } host ? host : DefaultAuthorityHost, tenant, client)
            : null;
}
