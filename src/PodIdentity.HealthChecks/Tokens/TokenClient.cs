using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Sends token requests and reads their answers, bounded in size. Nothing that a server does makes it throw. Requests to the metadata service
/// go to the token endpoint instead, where there is one. The network is disposed with the client.
/// </summary>
internal sealed class TokenClient(HttpMessageHandler network, Uri? tokenEndpoint, TimeProvider time) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(network);
#pragma warning disable CA2213 // Cancelled and not disposed: a request that is sent meanwhile, or a second disposal, still finds that it is.
    private readonly CancellationTokenSource _closing = new();
#pragma warning restore CA2213

    /// <summary>Sends a request to the metadata service that goes on, whoever stops waiting for it, until it is abandoned.</summary>
    public TokenRequestInFlight Start(HttpRequestMessage request)
    {
        if (tokenEndpoint is not null)
        {
            request.RequestUri = MetadataService.Rewrite(request.RequestUri!, tokenEndpoint);
        }

        var life = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        return new TokenRequestInFlight(TimeAsync(), EndpointOf(request), time.GetTimestamp(), life);

        async Task<TokenReply> TimeAsync() => (await SendAsync(request, toEntra: false, life.Token).ConfigureAwait(false)) with { EndedAt = time.GetTimestamp() };
    }

    /// <returns>The answer, or why there is none.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<TokenReply> SendAsync(HttpRequestMessage request, bool toEntra, CancellationToken cancellationToken)
    {
        var unanswered = new TokenExchange { Endpoint = EndpointOf(request), ToEntra = toEntra };
        try
        {
            var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var body = await BoundedBody.ReadAsync(response.Content, cancellationToken).ConfigureAwait(false);
            if (body is null)
            {
                response.Dispose();
                return new TokenReply(unanswered with { Failure = TransportFailure.TooLarge, Status = (int)response.StatusCode });
            }

            var answer = new TokenAnswer(
                unanswered.Endpoint,
                toEntra,
                (int)response.StatusCode,
                response.Headers.ServerText(),
                response.Content.Headers.FirstText("Content-Type"),
                RetryAfter(response));
            return new TokenReply(TokenAnswerReader.Read(answer, body, time.GetUtcNow()), response, body);
        }
        catch (Exception exception) when (TransportFailures.IsOne(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new TokenReply(unanswered with { Failure = TransportFailures.From(exception) });
        }
    }

    public void Dispose()
    {
        _closing.Cancel();
        _http.Dispose();
    }

    private static string EndpointOf(HttpRequestMessage request) => SafeText.Address(request.RequestUri!);

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };
}

/// <summary>What came back for a token request: what was read from it and, for a credential, the response itself.</summary>
internal sealed record TokenReply(TokenExchange Exchange, HttpResponseMessage? Response = null, byte[]? Body = null)
{
    public long? EndedAt { get; init; }
}
