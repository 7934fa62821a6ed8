using System.Net;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>What others check with: a credential as it is, <c>curl --fail</c>, and NMI's <c>/healthz</c>.</summary>
internal sealed class NaiveLanes : IDisposable
{
    /// <summary>Names the credential's requests in the log. They are for a resource of their own, so they leave the application's tokens alone.</summary>
    public const string CredentialName = "GetTokenAsync";

    /// <summary>Names the plain requests in the log.</summary>
    public const string CurlName = "curl";

    /// <summary>Why a plain request failed: nobody listens.</summary>
    public const string Refused = "Refused";

    private const string Resource = "https://page.simulator.example/";

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    // MSAL lets only one managed identity request of a process out at a time: the application and its checks need most of that time.
    private static readonly TimeSpan CredentialTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CredentialPause = TimeSpan.FromSeconds(10);

    private readonly PodIdentitySimulator _simulator;
    private readonly TimeProvider _time;
    private readonly Uri _tokenRequest;
    private readonly ManagedIdentityCredential _credential;
    private (Told Told, long At)? _credentialFailed;
    private readonly Func<SimulatedWorkload?> _workload;
    private readonly string? _clientId;
    private readonly HttpClient _http;

    public NaiveLanes(PodIdentitySimulator simulator, PodIdentityHealthCheckOptions asked, TimeProvider time, Func<SimulatedWorkload?>? workload = null)
    {
        _simulator = simulator;
        _time = time;
        _workload = workload ?? (static () => null);
        _clientId = asked.ClientId;
        var network = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.Zero };
        _http = new HttpClient(new EntraRoute(simulator.Entra, network))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 64 * 1024,
            DefaultRequestHeaders = { { "User-Agent", CurlName } },
        };
        Way = new TokenWay(simulator, _workload);
        var (identity, selector) = asked switch
        {
            { ClientId: { } id } => (ManagedIdentityId.FromUserAssignedClientId(id), $"&client_id={id}"),
            { ResourceId: { } id } => (ManagedIdentityId.FromUserAssignedResourceId(new ResourceIdentifier(id)), $"&msi_res_id={Uri.EscapeDataString(id)}"),
            { ObjectId: { } id } => (ManagedIdentityId.FromUserAssignedObjectId(id), $"&object_id={id}"),
            _ => (ManagedIdentityId.SystemAssigned, ""),
        };
        _credential = new ManagedIdentityCredential(new ManagedIdentityCredentialOptions(identity)
        {
            Diagnostics = { ApplicationId = CredentialName },
            RetryPolicy = new RetryPolicy(maxRetries: 0),
        });
        _tokenRequest = new Uri($"{simulator.TokenEndpoint}?api-version=2018-02-01&resource={Uri.EscapeDataString(Resource)}{selector}");
        All =
        [
            new Lane("GetTokenAsync()", "a plain credential", isJudged: true, AskCredentialAsync),
            new Lane("curl --fail", "accepts any 2xx", isJudged: true, AskTokenAsync),
            .. _workload() is null ? new[] { new Lane("/healthz = Active", "NMI's own probe", isJudged: true, AskHealthzAsync) } : [],
        ];
    }

    public IReadOnlyList<Lane> All { get; }

    /// <summary>Gets the way that the last plain token request took.</summary>
    public TokenWay Way { get; }

    public void Dispose() => _http.Dispose();

    private async Task<Told> AskCredentialAsync(CancellationToken cancellationToken)
    {
        if (_credentialFailed is { } failed && _time.GetElapsedTime(failed.At) < CredentialPause)
        {
            return failed.Told;
        }

        try
        {
            await WithinAsync(
                CredentialTimeout,
                async timeout => await _credential.GetTokenAsync(new TokenRequestContext([Resource + "/.default"]), timeout).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            return Told.Pass("A token, perhaps from the credential's cache, which keeps it for up to 24 h.");
        }
        catch (Exception e) when (e is AuthenticationFailedException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var told = Told.Fail("No token", "The credential gets no token and has none in its cache. It is asked again after 10 s.");
            _credentialFailed = (told, _time.GetTimestamp());
            return told;
        }
    }

    private async Task<Told> AskTokenAsync(CancellationToken cancellationToken)
    {
        var request = Way.Begin();
        var (told, body) = await SendAsync(
            request.By is SimulatedResponder.Entra ? Exchange : () => Get(_tokenRequest),
            request.Id,
            (status, _) => (int)status is >= 200 and < 300 ? Told.Pass($"{(int)status}: curl cannot see whose token it is.") : Told.Fail($"{(int)status}"),
            cancellationToken).ConfigureAwait(false);
        Way.End(request, told, body);
        return told;
    }

    private async Task<Told> AskHealthzAsync(CancellationToken cancellationToken) => (await SendAsync(
        () => Get(_simulator.NmiHealthEndpoint),
        requestId: null,
        (_, body) => body is "Active" ? Told.Pass("/healthz says Active.") : Told.Fail(body is "Not Active" ? body : "Not NMI"),
        cancellationToken).ConfigureAwait(false)).Told;

    private static HttpRequestMessage Get(Uri uri) => new(HttpMethod.Get, uri) { Headers = { { "Metadata", "true" } } };

    /// <summary>What a script sends that exchanges the pod's token itself.</summary>
    private HttpRequestMessage Exchange()
    {
        var pod = _workload()!;
        return new(HttpMethod.Post, new Uri(_simulator.Entra.Address, $"{pod.Variables[SimulatedWorkload.TenantId]}/oauth2/v2.0/token"))
        {
            Content = new FormUrlEncodedContent(
            [
                new("grant_type", "client_credentials"),
                new("client_id", _clientId ?? pod.Variables[SimulatedWorkload.ClientId]),
                new("scope", Resource + "/.default"),
                new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                new("client_assertion", File.ReadAllText(pod.TokenFile!)),
            ]),
        };
    }

    private async Task<(Told Told, string Body)> SendAsync(
        Func<HttpRequestMessage> create, string? requestId, Func<HttpStatusCode, string, Told> judge, CancellationToken cancellationToken)
    {
        try
        {
            return await WithinAsync(
                ProbeTimeout,
                async timeout =>
                {
                    using var request = create();
                    request.Headers.Add(TokenWay.RequestIdHeader, requestId);
                    using var response = await _http.SendAsync(request, timeout).ConfigureAwait(false);
                    var body = await response.Content.ReadAsStringAsync(timeout).ConfigureAwait(false);
                    return (judge(response.StatusCode, body), body);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            return (e.HttpRequestError is HttpRequestError.ConnectionError ? Told.Fail(Refused, "Connection refused.") : Told.Fail("Cut off", "The answer was cut off or too long."), "");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (Told.Fail("Timeout", "No answer within 5 s."), "");
        }
    }

    private async Task<T> WithinAsync<T>(TimeSpan timeout, Func<CancellationToken, Task<T>> workAsync, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        return await workAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
    }
}
