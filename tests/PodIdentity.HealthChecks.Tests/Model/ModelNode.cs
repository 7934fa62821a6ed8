using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Model;

/// <summary>What NMI does.</summary>
public enum ModelNmi
{
    Active,

    /// <summary>It runs, and its rules are not in place: requests go to IMDS.</summary>
    NotActive,

    /// <summary>Ten seconds after SIGTERM: it says Active, and requests go to IMDS.</summary>
    Stopping,

    /// <summary>It is gone, and its rules with it.</summary>
    Stopped,

    /// <summary>It is gone, and its rules are left behind.</summary>
    Killed,
}

/// <summary>What is wrong with IMDS.</summary>
public enum ModelImds
{
    Fine,
    Throttled,
    Error,
    Updating,
    Refuses,

    /// <summary>It accepts requests and never answers those, not even when it is fine again.</summary>
    Hangs,
}

/// <summary>
/// A node without sockets, as FACTS about the real NMI 1.8.17 have it: how long it waits for a binding and for IMDS, and what it says then.
/// Each pod is told by the client ID that it is bound to.
/// </summary>
#pragma warning disable CA1001 // Its cancellation has no timer, so there is nothing to dispose.
internal sealed class ModelNode(ManualTimeProvider clock)
#pragma warning restore CA1001
{
    private const string TokenPath = "/metadata/identity/oauth2/token";
    private const string FingerprintPath = "/host/token";
    private static readonly TimeSpan BindingInterval = TimeSpan.FromSeconds(5);
    private static readonly int[] ImdsWaits = [2, 6, 14, 30, 60];
    private static readonly TimeSpan Forever = TimeSpan.FromDays(30);

    private readonly List<Sent> _sent = [];
    private readonly ConcurrentDictionary<string, int> _turns = new(StringComparer.Ordinal);
    private CancellationTokenSource _process = new();
    private ModelNmi _nmi = ModelNmi.Active;
    private int _received;

    public ModelNmi Nmi
    {
        get => _nmi;
        set
        {
            if ((value is ModelNmi.Stopped or ModelNmi.Killed) && _nmi is not (ModelNmi.Stopped or ModelNmi.Killed))
            {
                var ended = _process;
                _process = new CancellationTokenSource();
                _nmi = value;
                ended.Cancel();
            }

            _nmi = value;
        }
    }

    public ModelImds Imds { get; set; }

    /// <summary>The client IDs of the identities that the pod is bound to.</summary>
    public IReadOnlyList<string> Bound { get; set; } = [];

    /// <summary>How often NMI looks for a binding before it refuses, 5 s apart. While one is on its way to the node it looks 20 times.</summary>
    public int BindingLooks { get; set; } = 16;

    /// <summary>The identities of the node itself, which IMDS serves to whoever gets through to it.</summary>
    public IReadOnlyList<string> OfNode { get; set; } = [];

    /// <summary>Whether the pod may reach NMI's health endpoint.</summary>
    public bool HealthIsReachable { get; set; } = true;

    /// <summary>How long NMI takes for <c>/healthz</c>.</summary>
    public TimeSpan HealthTakes { get; set; }

    /// <summary>How long NMI takes to be recognised, and IMDS in its place.</summary>
    public TimeSpan FingerprintTakes { get; set; }

    /// <summary>How long IMDS takes for a token.</summary>
    public TimeSpan ImdsTakes { get; set; }

    /// <summary>Of the checks, which are of one application.</summary>
    public CredentialTurn Turn { get; } = new();

    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(24);

    public TimeSpan? RetryAfter { get; set; }

    /// <summary>The token requests: when they came, from which sender, and for which client ID.</summary>
    public List<(TimeSpan At, string Sender, string? ClientId)> TokenRequests { get; } = [];

    /// <summary>When a sender last got a token.</summary>
    public Dictionary<string, TimeSpan> LastToken { get; } = new(StringComparer.Ordinal);

    /// <summary>How many requests have come so far.</summary>
    public int Received => Volatile.Read(ref _received);

    /// <summary>The connection of one sender.</summary>
    public HttpMessageHandler Connect(string sender) => new Connection(this, sender);

    /// <summary>
    /// Whether a probe that began at a moment, and after so many requests, can only go on when time passes: a request of its own has no answer yet,
    /// nor has its deadline come. A request that was cancelled ends in real time.
    /// </summary>
    public bool IsWaitedFor(string sender, int received, TimeSpan start, TimeSpan patience)
    {
        lock (_sent)
        {
            return _sent.Exists(r => r.Sender.Equals(sender, StringComparison.Ordinal)
                && r.Number > received && !r.Answer.IsCompleted && !r.Left.IsCancellationRequested
                && clock.Elapsed < (r.Path is TokenPath ? start + patience : r.At + (r.Path is FingerprintPath ? FingerprintTakes : HealthTakes)));
        }
    }

    private async Task<HttpResponseMessage> ReceiveAsync(string sender, Uri address, CancellationToken left)
    {
        var number = Interlocked.Increment(ref _received);
        var answer = AnswerAsync(sender, address, left);
        lock (_sent)
        {
            // Read after the answer's timer has begun: had time passed in between, nothing would seem to wait for that timer.
            _sent.RemoveAll(r => r.Answer.IsCompleted);
            _sent.Add(new Sent(sender, number, clock.Elapsed, address.AbsolutePath, answer, left));
        }

        var given = await answer.ConfigureAwait(false);
        if (address.AbsolutePath is TokenPath && given.StatusCode is HttpStatusCode.OK)
        {
            lock (_sent)
            {
                LastToken[sender] = clock.Elapsed;
            }
        }

        return given;
    }

    private async Task<HttpResponseMessage> AnswerAsync(string sender, Uri address, CancellationToken left)
    {
        switch (address.AbsolutePath)
        {
            case "/healthz":
                if (!HealthIsReachable || Nmi is ModelNmi.Stopped or ModelNmi.Killed)
                {
                    throw Refused();
                }

                await Task.Delay(HealthTakes, clock, left).ConfigureAwait(false);
                return Text(HttpStatusCode.OK, Nmi is ModelNmi.NotActive ? "Not Active" : "Active");
            case FingerprintPath:
                if (Nmi is not ModelNmi.Killed)
                {
                    await Task.Delay(FingerprintTakes, clock, left).ConfigureAwait(false);
                }

                return Nmi switch
                {
                    ModelNmi.Killed => throw Refused(),
                    ModelNmi.Active => Text(HttpStatusCode.BadRequest, "missing 'podname' and 'podns' from request header\n"),
                    _ => OfImds(HttpStatusCode.NotFound, "not_found", ""),
                };
            case TokenPath:
                var clientId = ClientIdIn(address);
                lock (TokenRequests)
                {
                    TokenRequests.Add((clock.Elapsed, sender, clientId));
                }

                return Nmi switch
                {
                    ModelNmi.Killed => throw Refused(),
                    ModelNmi.Active => await AskNmiAsync(sender, clientId, left).ConfigureAwait(false),
                    _ => await AskImdsAsync(clientId, left).ConfigureAwait(false),
                };
            default:
                throw new InvalidOperationException($"Nobody asks for {address}.");
        }
    }

    private async Task<HttpResponseMessage> AskNmiAsync(string sender, string? clientId, CancellationToken left)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(_process.Token, left);
        try
        {
            string? identity = null;
            for (var attempt = 0; attempt < BindingLooks && (identity = Select(sender, clientId)) is null; attempt++)
            {
                await Task.Delay(BindingInterval, clock, life.Token).ConfigureAwait(false);
            }

            return identity is null
                ? Text(HttpStatusCode.NotFound, $"getting assigned identities for pod default/app in CREATED state failed after {BindingLooks} attempts, retry duration [5]s, error: <nil>.\n")
                : await RefreshAsync(identity, life.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!left.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded);
        }
    }

    /// <summary>NMI asks IMDS at 0, 2, 8, 22 and 52 s, and gives up after 112 s.</summary>
    private async Task<HttpResponseMessage> RefreshAsync(string identity, CancellationToken life)
    {
        var fault = ModelImds.Fine;
        foreach (var wait in ImdsWaits)
        {
            fault = Imds;
            if (fault is ModelImds.Fine)
            {
                await Task.Delay(ImdsTakes, clock, life).ConfigureAwait(false);
                return Text(HttpStatusCode.OK, Token(identity), "application/json");
            }

            await Task.Delay(fault is ModelImds.Hangs ? Forever : TimeSpan.FromSeconds(wait), clock, life).ConfigureAwait(false);
        }

        return fault is ModelImds.Refuses
            ? Text(HttpStatusCode.ServiceUnavailable, "adal: Failed to execute the refresh request. Error = 'dial tcp 169.254.169.254:80: connect: connection refused'\n")
            : Text(HttpStatusCode.Forbidden, $"adal: Refresh request failed. Status Code = '{(int)StatusOf(fault)}'. Response body: {{\"error\":\"x\"}} Endpoint http://169.254.169.254/\n");
    }

    private async Task<HttpResponseMessage> AskImdsAsync(string? clientId, CancellationToken left)
    {
        switch (Imds)
        {
            case ModelImds.Hangs:
                await Task.Delay(Forever, clock, left).ConfigureAwait(false);
                throw Refused();
            case ModelImds.Refuses:
                throw Refused();
            case ModelImds.Fine:
                await Task.Delay(ImdsTakes, clock, left).ConfigureAwait(false);
                var found = clientId is null ? OfNode : [.. OfNode.Where(i => i.Equals(clientId, StringComparison.Ordinal))];
                return found.Count switch
                {
                    0 => OfImds(HttpStatusCode.BadRequest, "invalid_request", "Identity not found"),
                    1 => Json(HttpStatusCode.OK, Token(found[0]).Replace("{\"access", "{\"client_id\":\"x\",\"access", StringComparison.Ordinal)),
                    _ => OfImds(HttpStatusCode.BadRequest, "invalid_request", "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"),
                };
            default:
                var answer = OfImds(StatusOf(Imds), "failed", "");
                if (Imds is ModelImds.Throttled && RetryAfter is { } wait)
                {
                    answer.Headers.RetryAfter = new(wait);
                }

                return answer;
        }
    }

    /// <summary>With several identities and no selector NMI takes any: here one after the other for each sender.</summary>
    private string? Select(string sender, string? clientId) =>
        clientId is not null ? Bound.FirstOrDefault(b => b.Equals(clientId, StringComparison.Ordinal))
        : Bound.Count == 0 ? null
        : Bound[_turns.AddOrUpdate(sender, 0, static (_, turn) => turn + 1) % Bound.Count];

    private string Token(string clientId)
    {
        var expiry = (clock.GetUtcNow() + TokenLifetime).ToUnixTimeSeconds();
        var claims = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"appid":"{{clientId}}","exp":{{expiry}}}""")).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return $$"""{"access_token":"e30.{{claims}}.c2ln","expires_in":"{{(long)TokenLifetime.TotalSeconds}}","expires_on":"{{expiry}}","resource":"r","token_type":"Bearer"}""";
    }

    private static HttpStatusCode StatusOf(ModelImds fault) => fault switch
    {
        ModelImds.Throttled => HttpStatusCode.TooManyRequests,
        ModelImds.Updating => HttpStatusCode.Gone,
        _ => HttpStatusCode.InternalServerError,
    };

    private static string? ClientIdIn(Uri address) =>
        address.Query.Split('&', '?').FirstOrDefault(p => p.StartsWith("client_id=", StringComparison.Ordinal))?["client_id=".Length..];

    private static HttpRequestException Refused() =>
        new(HttpRequestError.ConnectionError, inner: new SocketException((int)SocketError.ConnectionRefused));

    private static HttpResponseMessage OfImds(HttpStatusCode status, string error, string description) =>
        Json(status, $$"""{"error":"{{error}}","error_description":"{{description}}"}""");

    private static HttpResponseMessage Json(HttpStatusCode status, string body)
    {
        var answer = Text(status, body, "application/json");
        answer.Headers.TryAddWithoutValidation("Server", "IMDS/150.870.65.1854");
        return answer;
    }

    private static HttpResponseMessage Text(HttpStatusCode status, string body, string type = "text/plain") =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, type) };

    private sealed record Sent(string Sender, int Number, TimeSpan At, string Path, Task Answer, CancellationToken Left);

    private sealed class Connection(ModelNode node, string sender) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            node.ReceiveAsync(sender, request.RequestUri!, cancellationToken);
    }
}
