using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Exchanges the pod's service account token at Microsoft Entra ID, without credential and cache.</summary>
/// <param name="client">Sends the request.</param>
/// <param name="options">What to ask for.</param>
/// <param name="pod">What the webhook has told the pod.</param>
/// <param name="time">The clock.</param>
internal sealed class FederatedTokenSource(TokenClient client, PodIdentityHealthCheckOptions options, FederatedPod pod, TimeProvider time) : ITokenSource
{
    private readonly Uri _address = pod.TokenEndpoint ?? throw new ArgumentException("There is no https address to exchange the token at.", nameof(pod));

    public bool AsksMetadataService => false;

    public Func<TokenRequestInFlight>? Resend => null;

    public async Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping)
    {
        if (FederatedTokenFile.Read(pod.TokenFile) is not { } assertion)
        {
            return new Asked(new TokenExchange { Endpoint = null, Failure = TransportFailure.Credential, Text = "no federated token" });
        }

        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = Form(assertion) };
        try
        {
            var reply = await client.SendAsync(request, toEntra: true, deadline.Token).ConfigureAwait(false);
            reply.Response?.Dispose();
            return new Asked(reply.Exchange);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return new Asked(new TokenExchange { Endpoint = _address.GetLeftPart(UriPartial.Path), ToEntra = true, Failure = TransportFailure.TimedOut });
        }
    }

    public Observation Complete(Observation seen) =>
        seen.Token is { Token: null } ? seen with { FederatedToken = FederatedTokenFile.Inspect(pod.TokenFile, seen.At) } : seen;

    private FormUrlEncodedContent Form(string assertion) => new(
    [
        new("grant_type", "client_credentials"),
        new("client_id", options.ClientId ?? pod.ClientId),
        new("scope", options.Resource + "/.default"),
        new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        new("client_assertion", assertion),
    ]);
}
