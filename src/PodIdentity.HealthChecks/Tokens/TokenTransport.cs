using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// What every byte between the credential and a token service passes through. It bounds the answer, records what was seen, and refuses a
/// token that <paramref name="isWrong"/> finds to be of the wrong identity: MSAL would write it over the application's good one. So it
/// would do with a token that only MSAL finds in an answer, since it reads JSON less strictly.
/// </summary>
internal sealed class TokenTransport(HttpMessageHandler inner, Uri? tokenEndpoint, TimeProvider time, Func<TokenExchange, bool> isWrong)
    : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri ?? throw new HttpRequestException("A token request needs an address.");
        var toMetadata = MetadataService.IsTokenRequest(address);
        if (toMetadata && tokenEndpoint is not null)
        {
            request.RequestUri = address = MetadataService.Rewrite(address, tokenEndpoint);
        }

        var endpoint = address.GetLeftPart(UriPartial.Path);
        var recorder = ExchangeRecorder.Current;

        // Until there is an answer, the deadline that may come means that there was none.
        var silence = new TokenExchange { Endpoint = endpoint, ToEntra = !toMetadata, Failure = TransportFailure.TimedOut };
        Record(recorder, silence);
        try
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var body = await BoundedBody.ReadAsync(response.Content, cancellationToken).ConfigureAwait(false);
            if (body is null)
            {
                response.Dispose();
                Record(recorder, silence with { Failure = TransportFailure.TooLarge, Status = (int)response.StatusCode });
                throw new HttpRequestException($"The answer of {endpoint} is longer than {BoundedBody.Limit} bytes.");
            }

            var isDiscovery = !toMetadata && request.Method != HttpMethod.Post;
            if (isDiscovery && response.IsSuccessStatusCode)
            {
                // Entra's instance discovery, which precedes a token request and says nothing about it.
                Record(recorder, null);
                return Replay(response, body);
            }

            var exchange = TokenAnswerReader.Read(Describe(response, endpoint, !toMetadata), body, time.GetUtcNow());
            Record(recorder, exchange);
            if (exchange.Status is 200 && (exchange.Token is null || isWrong(exchange)))
            {
                recorder?.Refuse(exchange);
                response.Dispose();
                throw new HttpRequestException($"The answer of {endpoint} holds no token that is surely for the expected identity.");
            }

            // The words of a refusal have been read. MSAL would put them into its exception, and Azure.Identity that into its log, as they are.
            return Replay(response, isDiscovery || exchange.Status is 200 ? body : []);
        }
        catch (Exception exception) when (TransportFailures.IsOne(exception) && recorder?.Last?.Failure is TransportFailure.TimedOut)
        {
            Record(recorder, silence with { Failure = TransportFailures.From(exception) });
            throw;
        }
    }

    private static void Record(ExchangeRecorder? recorder, TokenExchange? exchange)
    {
        if (recorder is not null)
        {
            recorder.Last = exchange;
        }
    }

    private TokenAnswer Describe(HttpResponseMessage response, string endpoint, bool toEntra) => new(
        endpoint,
        toEntra,
        (int)response.StatusCode,
        response.Headers.ServerText(),
        response.Content.Headers.FirstText("Content-Type"),
        RetryAfter(response));

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };

    private static HttpResponseMessage Replay(HttpResponseMessage response, byte[] body)
    {
        var content = new ByteArrayContent(body);
        foreach (var header in response.Content.Headers.NonValidated.Where(h => !h.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)))
        {
            content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        response.Content.Dispose();
        response.Content = content;
        return response;
    }
}
