using Azure.Core.Pipeline;
using Azure.Identity;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>The credential that a check makes for itself: the application's kind, with one try and on a transport of ours.</summary>
internal static class PodCredential
{
    public static ManagedIdentityCredential Create(PodIdentityHealthCheckOptions options, HttpClient client)
    {
        var credential = new ManagedIdentityCredentialOptions(IdentitySelection.IdOf(options))
        {
            Transport = new HttpClientTransport(client),
            // Retry.MaxRetries = 0 is ignored for managed identities: the failure would come after 25 s, when nobody listens any more.
            RetryPolicy = new RetryPolicy(maxRetries: 0),
        };
        credential.Diagnostics.IsDistributedTracingEnabled = false;
        return new ManagedIdentityCredential(credential);
    }
}
