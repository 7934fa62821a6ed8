using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>A node without sockets: NMI, and behind it a token service whose answer may be long in coming.</summary>
internal sealed class ScriptedNode
{
    public const string Throttled = """{"error":"too_many_requests"}""";

    private TaskCompletionSource<HttpResponseMessage> _answer = New();
    private int _tokenRequests;

    public bool NmiIsAlive { get; set; } = true;

    public int TokenRequests => Volatile.Read(ref _tokenRequests);

    public HttpMessageHandler Connect() => new Handler(this);

    /// <summary>What waiting requests, and all later ones, are answered.</summary>
    public void Answer(HttpStatusCode status, string body, string server = "IMDS/150.870.65.1854", TimeSpan? retryAfter = null) => _answer.SetResult(Message(status, body, server, retryAfter));

    public void IssueToken(DateTimeOffset expiry)
    {
        var claims = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"appid":"6f9619ff-8b86-d011-b42d-00c04fc964ff","exp":{{expiry.ToUnixTimeSeconds()}}}""")).TrimEnd('=');
        Answer(HttpStatusCode.OK, $$"""{"access_token":"e30.{{claims}}.c2ln","expires_on":"{{expiry.ToUnixTimeSeconds()}}","token_type":"Bearer"}""");
    }

    /// <summary>From now on requests wait.</summary>
    public void FallSilent() => _answer = New();

    private static TaskCompletionSource<HttpResponseMessage> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static HttpResponseMessage Message(HttpStatusCode status, string body, string? server = null, TimeSpan? retryAfter = null)
    {
        var message = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, body.StartsWith('{') ? "application/json" : "text/plain") };
        if (!string.IsNullOrEmpty(server))
        {
            message.Headers.TryAddWithoutValidation("Server", server);
        }

        if (retryAfter is { } wait)
        {
            message.Headers.RetryAfter = new(wait);
        }

        return message;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (path.Contains("oauth2/token", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _tokenRequests);
            var answer = await _answer.Task.WaitAsync(cancellationToken);
            return Message(answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken), answer.Headers.Server.ToString(), answer.Headers.RetryAfter?.Delta);
        }

        return NmiIsAlive
            ? path is "/healthz" ? Message(HttpStatusCode.OK, "Active") : Message(HttpStatusCode.BadRequest, "missing 'podname' and 'podns' from request header\n")
            : throw new HttpRequestException(HttpRequestError.ConnectionError, inner: new SocketException((int)SocketError.ConnectionRefused));
    }

    private sealed class Handler(ScriptedNode node) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => node.SendAsync(request, cancellationToken);
    }
}
