using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// What the webhook of workload identity has told the pod: where its service account token is, and for which identity it is exchanged, unless
/// another one is named.
/// </summary>
internal sealed record FederatedPod(string TokenFile, string ClientId)
{
    public const string ClientVariable = "AZURE_CLIENT_ID";

    private const string AuthorityVariable = "AZURE_AUTHORITY_HOST";
    private const string TenantVariable = "AZURE_TENANT_ID";
    private const string DefaultAuthority = "https://login.microsoftonline.com/";

    /// <summary>The variables that the webhook sets.</summary>
    public static IReadOnlyList<string> Variables => [ClientVariable, TenantVariable, FederatedTokenFacts.Variable, AuthorityVariable, .. BindingProxy.Variables];

    public bool HasBinding { get; private init; }

    /// <summary>The proxy of that binding, which exchanges the token; <see langword="null"/>: Microsoft Entra ID does.</summary>
    public BindingProxy? Proxy { get; private init; }

    /// <summary>Where the token is exchanged: with TLS only, since whoever reads it on the way could use it.</summary>
    public Uri? TokenEndpoint { get; private init; }

    private VariableProblem? Problem { get; init; }

    private static string[] OfCredential => [ClientVariable, TenantVariable, FederatedTokenFacts.Variable];

    /// <summary>The variables of the webhook that are needed and not set. Without any one of them, the metadata service is asked.</summary>
    public static IReadOnlyList<string> FindMissing(PodIdentityHealthCheckOptions options, Func<string, string?> environment)
    {
        string[] needed = options.RequiredResponder is PodIdentityResponder.IdentityBindingProxy
            ? [.. OfCredential, BindingProxy.AddressVariable]
            : OfCredential;
        return Array.FindAll(needed, n => string.IsNullOrEmpty(environment(n)) && !(n is ClientVariable && options.ClientId is not null));
    }

    /// <summary>Whether a credential of Azure.Identity exchanges the pod's federated token, since it has the variables that it needs for that.</summary>
    public static bool LeadsCredential(PodIdentityHealthCheckOptions options, Func<string, string?> environment) =>
        !Array.Exists(OfCredential, n => string.IsNullOrEmpty(environment(n)) && !(n is ClientVariable && IdentitySelection.ParameterOf(options) is not null));

    /// <returns><see langword="null"/> on a pod that the webhook has told nothing, or not all, and where somebody else has to answer.</returns>
    public static FederatedPod? Read(PodIdentityHealthCheckOptions options, Func<string, string?> environment)
    {
        if (options is not { TokenEndpoint: null, RequiredResponder: null or PodIdentityResponder.Entra or PodIdentityResponder.IdentityBindingProxy }
            || FindMissing(options, environment).Count > 0)
        {
            return null;
        }

        var (proxy, problem) = BindingProxy.Read(environment);
        var hasBinding = proxy is not null || problem is not null;
        var authority = environment(AuthorityVariable) is { Length: > 0 } host ? host : DefaultAuthority;
        var tenant = environment(TenantVariable)!;
        var path = $"/{Uri.EscapeDataString(tenant)}/oauth2/v2.0/token";
        var endpoint = proxy is not null ? new Uri(proxy.Address.AbsoluteUri.TrimEnd('/') + path)
            : Uri.TryCreate(authority, UriKind.Absolute, out var address) && address is { Scheme: "https", UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 } ? new Uri(address, path)
            : null;
        return new FederatedPod(environment(FederatedTokenFacts.Variable)!, environment(ClientVariable) is { Length: > 0 } client ? client : options.ClientId!)
        {
            HasBinding = hasBinding,
            Proxy = proxy,
            TokenEndpoint = endpoint,
            Problem = problem
                ?? (!tenant.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') ? new(TenantVariable, tenant, "it must be the tenant's ID or domain", "6f9619ff-8b86-d011-b42d-00c04fc964ff")
                : endpoint is null ? new(AuthorityVariable, authority, "it must be an absolute https address without a user name, query or fragment", DefaultAuthority)
                : null),
        };
    }

    /// <returns>Why the token cannot be exchanged; <see langword="null"/> when it can.</returns>
    public VariableProblem? FindProblem() => Problem ?? Proxy?.FindProblem();

    /// <summary>The connections that the exchange is made over.</summary>
    public SocketsHttpHandler CreateHandler()
    {
        var handler = DirectHttp.CreateHandler();
        handler.UseProxy = Proxy is null; // that of the binding is in the cluster
        Proxy?.Restrict(handler.SslOptions);
        return handler;
    }
}

/// <summary>What is wrong with a variable that the webhook of workload identity sets.</summary>
internal sealed record VariableProblem(string Variable, string Value, string Rule, string Example)
{
    public override string ToString() => $"{Variable} is '{SafeText.Address(Value)}': {Rule}";
}
