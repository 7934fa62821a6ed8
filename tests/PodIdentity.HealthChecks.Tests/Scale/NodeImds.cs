using System.Net;
using System.Text;
using PodIdentity.HealthChecks.Tests.Attack;

namespace PodIdentity.HealthChecks.Tests.Scale;

/// <summary>
/// The IMDS of one node, with its published limits: 20 requests a second and 5 at once. It answers in no time; a request counts as under way
/// for as long as one takes.
/// </summary>
internal sealed class NodeImds(TimeProvider time)
{
    private const int PerSecond = 20;
    private const int AtOnce = 5;
    private const string ClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(100);

    private readonly Queue<DateTimeOffset> _served = [];
    private readonly string _body =
        $$"""{"access_token":"{{FakeToken.For(ClientId)}}","client_id":"{{ClientId}}","expires_on":"{{FakeToken.Expiry}}","resource":"r","token_type":"Bearer"}""";

    public int Requests { get; private set; }

    public int Throttled { get; private set; }

    public bool IsDead { get; set; }

    public void Reset() => (Requests, Throttled) = (0, 0);

    public HttpStatusCode Ask()
    {
        var now = time.GetUtcNow();
        while (_served.TryPeek(out var first) && first <= now - TimeSpan.FromSeconds(1))
        {
            _served.Dequeue();
        }

        Requests++;
        if (_served.Count >= PerSecond || _served.Count(s => s > now - Latency) >= AtOnce)
        {
            Throttled++;
            return HttpStatusCode.TooManyRequests;
        }

        _served.Enqueue(now);
        return HttpStatusCode.OK;
    }

    public Task<HttpResponseMessage> AnswerAsync()
    {
        if (IsDead)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError);
        }

        var status = Ask();
        var body = status is HttpStatusCode.OK ? _body : """{"error":"invalid_request","error_description":"Temporarily throttled, too many requests"}""";
        var answer = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        answer.Headers.TryAddWithoutValidation("Server", "IMDS/150.870.65.1854");
        return Task.FromResult(answer);
    }
}
