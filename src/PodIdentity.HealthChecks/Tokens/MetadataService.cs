using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Where the metadata service is, and which requests are for it.</summary>
internal static class MetadataService
{
    public const string TokenPath = "/metadata/identity/oauth2/token";

    /// <summary>Set by people who move the metadata address; MSAL reads it, and so must whoever asks the same address.</summary>
    public const string AuthorityHostVariable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

    /// <summary>The address where Azure.Identity asks when nobody says otherwise.</summary>
    public static Uri Address =>
        Uri.TryCreate(Environment.GetEnvironmentVariable(AuthorityHostVariable), UriKind.Absolute, out var host)
            ? host
            : new Uri("http://169.254.169.254/");

    /// <returns>The proxy that the pod's variables put between an application and this address.</returns>
    public static MetadataProxy? ProxyOf(PodIdentityHealthCheckOptions options) =>
        Address is { Scheme: "http" } address
        && address.Host.Equals((options.TokenEndpoint ?? address).Host, StringComparison.OrdinalIgnoreCase)
        && EgressProxy.OfApplication(address) is { } proxy
            ? new(address.Host, SafeText.Address(proxy))
            : null;

    public static bool IsTokenRequest(Uri address) => address.AbsolutePath.Equals(TokenPath, StringComparison.OrdinalIgnoreCase);

    /// <summary>The one request that only NMI answers with 400, before anything else and at no cost.</summary>
    public static Uri FingerprintOf(Uri address) => new(address, "/host/token");

    /// <summary>The request that Azure.Identity makes for an identity.</summary>
    public static Uri TokenRequest(string resource, (string Name, string Value)? selector)
    {
        var query = $"?api-version=2018-02-01&resource={Uri.EscapeDataString(resource)}";
        return new Uri(Address, TokenPath + query + (selector is { } named ? $"&{named.Name}={Uri.EscapeDataString(named.Value)}" : string.Empty));
    }

    /// <summary>A request as the metadata service wants it.</summary>
    public static HttpRequestMessage Get(Uri address) => new(HttpMethod.Get, address) { Headers = { { "Metadata", "true" } } };

    /// <summary>Sends a token request elsewhere: its parameters go along, and the endpoint's own stay and win.</summary>
    public static Uri Rewrite(Uri request, Uri endpoint)
    {
        var names = ParameterNames(endpoint).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var merged = Parameters(endpoint.Query).Concat(Parameters(request.Query).Where(p => !names.Contains(NameOf(p))));
        return new UriBuilder(endpoint) { Query = $"?{string.Join('&', merged)}" }.Uri;
    }

    public static IEnumerable<string> ParameterNames(Uri address) => Parameters(address.Query).Select(NameOf);

    private static string[] Parameters(string query) => query[Math.Min(1, query.Length)..].Split('&', StringSplitOptions.RemoveEmptyEntries);

    private static string NameOf(string parameter) => Uri.UnescapeDataString(parameter.Split('=', 2)[0]);
}
