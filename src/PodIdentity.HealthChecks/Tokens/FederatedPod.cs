namespace PodIdentity.HealthChecks.Tokens;

/// <summary>What the webhook of workload identity has told the pod.</summary>
/// <param name="TokenFile">Where the service account token is.</param>
/// <param name="TokenEndpoint">Where it is exchanged.</param>
/// <param name="ClientId">For which identity, unless another one is named.</param>
internal sealed record FederatedPod(string TokenFile, Uri TokenEndpoint, string ClientId)
{
    public const string AuthorityHostVariable = "AZURE_AUTHORITY_HOST";

    private const string DefaultAuthority = "https://login.microsoftonline.com/";

    /// <returns><see langword="null"/> on a pod that the webhook has told nothing, or not all.</returns>
    /// <remarks>The variables without which <c>ManagedIdentityCredential</c> asks the metadata service, too.</remarks>
    public static FederatedPod? Read(Func<string, string?> environment)
    {
        var authority = environment(AuthorityHostVariable) is { Length: > 0 } host ? host : DefaultAuthority;
        return environment("AZURE_FEDERATED_TOKEN_FILE") is { Length: > 0 } file
            && environment("AZURE_TENANT_ID") is { Length: > 0 } tenant
            && environment("AZURE_CLIENT_ID") is { Length: > 0 } client
            && Uri.TryCreate(authority, UriKind.Absolute, out var address)
            ? new FederatedPod(file, new Uri(address, $"/{Uri.EscapeDataString(tenant)}/oauth2/v2.0/token"), client)
            : null;
    }
}
