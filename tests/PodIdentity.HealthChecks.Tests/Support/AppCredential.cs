using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace PodIdentity.HealthChecks.Tests.Support;

/// <summary>The application's own <see cref="ManagedIdentityCredential"/>, beside the check's: same process, same MSAL cache.</summary>
internal static class AppCredential
{
    public static ManagedIdentityCredential For(PodIdentitySimulator node, string clientId) => For(node.TokenEndpoint, clientId);

    public static ManagedIdentityCredential For(Uri tokenEndpoint, string clientId) =>
        new(new ManagedIdentityCredentialOptions(ManagedIdentityId.FromUserAssignedClientId(clientId))
        {
            Transport = new HttpClientTransport(new HttpClient(new ToNode(tokenEndpoint))),
            RetryPolicy = new RetryPolicy(maxRetries: 0),
        });

    public static Task<AccessToken> TokenFor(this TokenCredential credential, string resource) =>
        credential.GetTokenAsync(new TokenRequestContext([resource + "/.default"]), TestContext.Current.CancellationToken).AsTask();

    private sealed class ToNode(Uri endpoint) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new UriBuilder(endpoint) { Query = request.RequestUri!.Query }.Uri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
