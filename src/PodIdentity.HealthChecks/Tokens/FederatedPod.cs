using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>What the webhook of workload identity has told the pod.</summary>
/// <param name="TokenFile">Where the service account token is.</param>
/// <param name="ClientId">For which identity it is exchanged, unless another one is named.</param>
internal sealed record FederatedPod(string TokenFile, string ClientId)
{
    private const string AuthorityVariable = "AZURE_AUTHORITY_HOST";
    private const string TenantVariable = "AZURE_TENANT_ID";
    private const string ClientVariable = "AZURE_CLIENT_ID";
    private const string DefaultAuthority = "https://login.microsoftonline.com/";

    /// <summary>The variables that the webhook sets.</summary>
    public static IReadOnlyList<string> Variables => [ClientVariable, TenantVariable, FederatedTokenFacts.Variable, AuthorityVariable, .. BindingProxy.Variables];

    /// <summary>Whether it has an identity binding.</summary>
    public bool HasBinding { get; private init; }

    /// <summary>The proxy of that binding, which exchanges the token; <see langword="null"/>: Microsoft Entra ID does.</summary>
    public BindingProxy? Proxy { get; private init; }

    /// <summary>Where the token is exchanged: with TLS only, since whoever reads it on the way could use it.</summary>
    public Uri? TokenEndpoint { get; private init; }

    private VariableProblem? Problem { get; init; }

    /// <summary>The variables of the webhook that are not set. Without any one of them <c>ManagedIdentityCredential</c> asks the metadata service.</summary>
    public static IReadOnlyList<string> FindMissing(Func<string, string?> environment) =>
        Array.FindAll([ClientVariable, TenantVariable, FederatedTokenFacts.Variable], n => string.IsNullOrEmpty(environment(n)));

    /// <returns><see langword="null"/> on a pod that the webhook has told nothing, or not all, and where somebody else has to answer.</returns>
    public static FederatedPod? Read(PodIdentityHealthCheckOptions options, Func<string, string?> environment)
    {
        if (options is not { TokenEndpoint: null, RequiredResponder: null or PodIdentityResponder.Entra or PodIdentityResponder.IdentityBindingProxy }
            || FindMissing(environment).Count > 0)
        {
            return null;
        }

        var (proxy, problem) = BindingProxy.Read(environment);
        var hasBinding = proxy is not null || problem is not null;
        var authority = environment(AuthorityVariable) is { Length: > 0 } host ? host : DefaultAuthority;
        var path = $"/{Uri.EscapeDataString(environment(TenantVariable)!)}/oauth2/v2.0/token";
        var endpoint = proxy is not null ? new Uri(proxy.Address.AbsoluteUri.TrimEnd('/') + path)
            : Uri.TryCreate(authority, UriKind.Absolute, out var address) && address is { Scheme: "https", UserInfo.Length: 0 } ? new Uri(address, path)
            : null;
        return new FederatedPod(environment(FederatedTokenFacts.Variable)!, environment(ClientVariable)!)
        {
            HasBinding = hasBinding,
            Proxy = proxy,
            TokenEndpoint = endpoint,
            Problem = problem ?? (endpoint is null ? new VariableProblem(AuthorityVariable, authority, "it must be an absolute https address without user", DefaultAuthority) : null),
        };
    }

    /// <returns>Why the token cannot be exchanged; <see langword="null"/> when it can.</returns>
    public VariableProblem? FindProblem() => Problem ?? Proxy?.FindProblem();

    /// <summary>The connections that the exchange is made over.</summary>
    public SocketsHttpHandler CreateHandler()
    {
        var handler = DirectHttp.CreateHandler();
        if (Proxy is { } proxy)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => proxy.Trusts(certificate, chain, errors);
        }

        return handler;
    }
}
