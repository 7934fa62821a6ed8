using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// What every byte between the check's own credential and a token service passes through. It records what was seen, and refuses every token
/// that the check would not call healthy: MSAL would write it over the application's good one. So it would do with a token that only MSAL
/// finds in an answer, since it reads JSON less strictly.
/// </summary>
internal sealed class CredentialTransport(TokenClient client, Func<TokenExchange, Finding> read) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri ?? throw new HttpRequestException("A token request needs an address.");
        var recorder = ExchangeRecorder.Current;
        var toEntra = !MetadataService.IsTokenRequest(address);

        cancellationToken.ThrowIfCancellationRequested();
        if (toEntra)
        {
            // Until there is an answer, the deadline that may come means that there was none. What is sent to the metadata service is recorded with its request.
            recorder?.Record(new TokenExchange { Endpoint = SafeText.Address(address), ToEntra = true, Failure = TransportFailure.TimedOut });
        }

        var reply = toEntra
            ? await client.SendAsync(request, toEntra, cancellationToken).ConfigureAwait(false)
            : await AskMetadataServiceAsync(request, recorder, cancellationToken).ConfigureAwait(false);
        var exchange = reply.Exchange;
        if (reply.Response is not { } response)
        {
            recorder?.Record(exchange);
            throw new HttpRequestException($"{exchange.Endpoint} {Phrases.For(exchange.Failure)}.");
        }

        var isDiscovery = exchange.ToEntra && request.Method != HttpMethod.Post;
        if (isDiscovery && response.IsSuccessStatusCode)
        {
            // Entra's instance discovery, which precedes a token request and says nothing about it.
            recorder?.Record(null);
            return Replay(response, reply.Body!);
        }

        var finding = exchange.Token is null ? null : read(exchange);
        recorder?.Record(exchange, finding);
        if (exchange.Status is 200 && finding is not { Reason: null })
        {
            recorder?.Refuse();
            response.Dispose();
            throw new HttpRequestException($"The answer from {exchange.Endpoint} holds no token that the check accepts.");
        }

        // The words of a refusal have been read. MSAL would put them into its exception, and Azure.Identity that into its log, as they are.
        return Replay(response, isDiscovery || exchange.Status is 200 ? reply.Body! : []);
    }

    /// <summary>The request goes on when the credential's deadline has come: NMI may yet say why there is no token.</summary>
    private Task<TokenReply> AskMetadataServiceAsync(HttpRequestMessage request, ExchangeRecorder? recorder, CancellationToken cancellationToken)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri);
        foreach (var header in request.Headers.NonValidated)
        {
            copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        var sent = recorder is null ? client.Start(copy) : recorder.Send(() => client.Start(copy));
        return sent.Reply.WaitAsync(cancellationToken);
    }

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
