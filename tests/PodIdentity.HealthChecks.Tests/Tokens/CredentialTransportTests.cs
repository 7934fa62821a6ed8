using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Tokens;

/// <summary>What goes out for the check's own credential.</summary>
public sealed class CredentialTransportTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task A_request_that_nobody_waits_for_any_more_is_neither_sent_nor_taken_for_unanswered(bool isCancelled, int sent)
    {
        using var network = new Counter();
        using var client = new TokenClient(network, tokenEndpoint: null, TimeProvider.System);
        using var invoker = new HttpMessageInvoker(new CredentialTransport(client, _ => new Finding(null, "")));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://169.254.169.254/metadata/identity/oauth2/token?resource=x");
        var recorder = ExchangeRecorder.Begin();

        await Assert.ThrowsAnyAsync<Exception>(() => invoker.SendAsync(request, new CancellationToken(isCancelled)));

        Assert.Equal(sent, network.Sent);
        Assert.Equal(isCancelled, recorder.Last is null);
    }

    private sealed class Counter : HttpMessageHandler
    {
        public int Sent { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Sent++;
            throw new HttpRequestException("There is no network.");
        }
    }
}
