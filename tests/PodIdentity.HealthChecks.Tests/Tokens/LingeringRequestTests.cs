using System.Net;
using System.Text;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Tokens;

/// <summary>How long the answer to the request that waited is worth something.</summary>
public sealed class LingeringRequestTests
{
    private const string Token = """{"access_token":"opaque","token_type":"Bearer"}""";
    private const string Reason = "no azure identity found";

    [Theory]
    [InlineData(404, Reason, 60, true)]
    [InlineData(404, Reason, 121, false)]
    [InlineData(200, Token, 9, true)]
    [InlineData(200, Token, 11, false)]
    public async Task A_reason_is_kept_for_two_minutes_and_a_token_for_ten_seconds(int status, string body, int secondsLater, bool isKept)
    {
        var clock = new ManualTimeProvider();
        using var client = Client(clock, status, body);
        var request = new LingeringRequest(client, MetadataService.TokenRequest("https://vault.azure.net", selector: null), clock);
        Assert.True(request.TryStart(TestContext.Current.CancellationToken));
        await EndedAsync(request);

        clock.Advance(TimeSpan.FromSeconds(secondsLater));

        Assert.Equal(isKept, request.TakeAnswer() is not null);
    }

    [Fact]
    public async Task An_answer_is_handed_out_once()
    {
        var clock = new ManualTimeProvider();
        using var client = Client(clock, 404, Reason);
        var request = new LingeringRequest(client, MetadataService.TokenRequest("https://vault.azure.net", selector: null), clock);
        Assert.True(request.TryStart(TestContext.Current.CancellationToken));
        await EndedAsync(request);

        Assert.Equal(404, request.TakeAnswer()?.Status);
        Assert.Null(request.TakeAnswer());
    }

    private static async Task EndedAsync(LingeringRequest request)
    {
        while (request.IsWaiting)
        {
            await Task.Yield();
        }
    }

    private static HttpClient Client(TimeProvider time, int status, string body) =>
        DirectHttp.CreateClient(new TokenTransport(new Answer(status, body), tokenEndpoint: null, time, isWrong: _ => false));

    private sealed class Answer(int status, string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "text/plain") });
    }
}
