using System.Net.Sockets;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>
/// A connection that is reset at the moment it is made surfaces from <see cref="SocketsHttpHandler"/>, once in a few hundred times, as the
/// socket's own exception and not as one of HTTP.
/// </summary>
public sealed class BareSocketErrorTests
{
    private static readonly Uri Address = new("http://127.0.0.1/metadata/identity/oauth2/token");

    [Fact]
    public async Task It_is_an_answer_to_a_probe()
    {
        using var client = new HttpMessageInvoker(new NotConnected());

        var answer = await new HttpProbe(client, TimeProvider.System).GetAsync(Address, TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);

        Assert.Equal(TransportFailure.Broken, answer.Failure);
    }

    [Fact]
    public async Task It_is_no_timeout_of_a_token_request()
    {
        using var client = new TokenClient(new NotConnected(), tokenEndpoint: null, TimeProvider.System);

        var reply = await client.Start(MetadataService.Get(Address)).Reply;

        Assert.Equal(TransportFailure.Broken, reply.Exchange.Failure);
    }

    private sealed class NotConnected : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(new SocketException((int)SocketError.NotConnected));
    }
}
