using Azure.Core.Pipeline;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>The peer's credential: a <see cref="ManagedIdentityCredential"/> that is asked by itself.</summary>
internal static class BareCredential
{
    public const string Scope = "https://management.azure.com//.default";

    /// <summary>On the transport of the checks, which bounds and reads each answer, for a verdict that nobody makes.</summary>
    public static ManagedIdentityCredential OnOurTransport(Uri tokenEndpoint) =>
        Create(new CredentialTransport(new TokenClient(DirectHttp.CreateHandler(), tokenEndpoint, TimeProvider.System), _ => new Finding(null, "")));

    /// <summary>On connections of the same kind, and no more than is needed to send its requests to the simulator.</summary>
    public static ManagedIdentityCredential OnPlainConnections(Uri tokenEndpoint) =>
        Create(new Redirect(DirectHttp.CreateHandler(), tokenEndpoint));

    private static ManagedIdentityCredential Create(HttpMessageHandler transport)
    {
        var options = new ManagedIdentityCredentialOptions(ManagedIdentityId.SystemAssigned)
        {
            Transport = new HttpClientTransport(new HttpClient(transport)),
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
