using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Exchanges the pod's service account token at Microsoft Entra ID or an identity binding's proxy, without credential and cache.</summary>
internal sealed class FederatedTokenSource(TokenClient client, PodIdentityHealthCheckOptions options, FederatedPod pod, TimeProvider time) : ITokenSource
{
    public static TokenExchange NoToken { get; } = new() { Endpoint = null, Failure = TransportFailure.Credential, Text = "no federated token" };

    public bool AsksMetadataService => false;

    public Func<TokenRequestInFlight>? Resend => null;

    public async Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping)
    {
        if (pod.FindProblem() is { } problem)
        {
            return new Asked(new TokenExchange { Endpoint = null, Failure = TransportFailure.Misconfigured, Text = $"{problem}" });
        }

        if (FederatedTokenFile.Read(pod.TokenFile) is not { } assertion)
        {
            return new Asked(NoToken);
        }

        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        using var request = new HttpRequestMessage(HttpMethod.Post, pod.TokenEndpoint) { Content = Form(assertion) };

        // It is the name in the certificate, too, and the one that the proxy is told over TLS.
        request.Headers.Host = pod.Proxy?.ServerName;
        try
        {
            var reply = await client.SendAsync(request, toEntra: true, deadline.Token).ConfigureAwait(false);
            reply.Response?.Dispose();
            return new Asked(pod.Proxy is null ? reply.Exchange : reply.Exchange with { Responder = PodIdentityResponder.IdentityBindingProxy });
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return new Asked(new TokenExchange { Endpoint = SafeText.Address(pod.TokenEndpoint!), ToEntra = true, Failure = TransportFailure.TimedOut });
        }
    }

    public Observation Complete(Observation seen) => seen with
    {
        HasBinding = pod.HasBinding,
        FederatedToken = seen.Token is { Token: null } ? FederatedTokenFile.Inspect(pod.TokenFile, seen.At) : null,
    };

    private FormUrlEncodedContent Form(string assertion) => new(
    [
        new("grant_type", "client_credentials"),
        new("client_id", options.ClientId ?? pod.ClientId),
        new("scope", options.Resource + "/.default"),
        new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        new("client_assertion", assertion),
    ]);
}
