using System.Net;

namespace PodIdentity.HealthChecks.Http;

/// <summary>
/// The proxy that the pod's variables name (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c>), as the application's own credential uses it, for what is asked
/// over TLS. NMI and the metadata service are not: a request to 169.254.169.254 through a proxy fails or leaks.
/// </summary>
internal sealed class EgressProxy : IWebProxy
{
    public ICredentials? Credentials
    {
        get => HttpClient.DefaultProxy.Credentials;
        set => throw new NotSupportedException();
    }

    /// <returns>The proxy that an ordinary client uses.</returns>
    public static Uri? OfApplication(Uri destination) => HttpClient.DefaultProxy.IsBypassed(destination) ? null : HttpClient.DefaultProxy.GetProxy(destination);

    public Uri? GetProxy(Uri destination) => destination.Scheme.Equals(Uri.UriSchemeHttps, StringComparison.Ordinal) ? OfApplication(destination) : null;

    public bool IsBypassed(Uri host) => GetProxy(host) is null;
}
