using Azure.Core.Pipeline;
using Azure.Identity;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>The peer's credential: a <see cref="ManagedIdentityCredential"/>, with the connections that a check needs and nothing else of ours.</summary>
internal static class BareCredential
{
    public const string Scope = "https://management.azure.com//.default";

    public static ManagedIdentityCredential Create(Uri tokenEndpoint)
    {
        var connections = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.Zero };
        var options = new ManagedIdentityCredentialOptions(ManagedIdentityId.SystemAssigned)
        {
            Transport = new HttpClientTransport(new HttpClient(new Redirect(connections, tokenEndpoint))),
            RetryPolicy = new RetryPolicy(maxRetries: 0),
        };
        options.Diagnostics.IsDistributedTracingEnabled = false;
        return new ManagedIdentityCredential(options);
    }

    /// <summary>Azure.Identity has no setting for the address of the metadata service.</summary>
    private sealed class Redirect(HttpMessageHandler inner, Uri tokenEndpoint) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(tokenEndpoint, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
