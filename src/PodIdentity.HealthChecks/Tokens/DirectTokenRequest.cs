using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Asks the metadata service for a token without a credential in between, and tells what happened: it throws nothing.</summary>
/// <param name="client">Sends over a <see cref="TokenTransport"/>, which reads the answer.</param>
/// <param name="address">The request, with its parameters.</param>
/// <param name="time">The clock.</param>
internal sealed class DirectTokenRequest(HttpMessageInvoker client, Uri address, TimeProvider time)
{
    public async Task<TokenExchange> SendAsync(TimeSpan timeout, CancellationToken stopping)
    {
        var start = time.GetTimestamp();
        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Metadata", "true" } } };
        var recorder = ExchangeRecorder.Begin();
        try
        {
            using var response = await client.SendAsync(request, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportFailures.IsOne(exception) || exception is OperationCanceledException)
        {
            // What happened is on record.
        }

        var answer = recorder.Last ?? new TokenExchange { Endpoint = address.GetLeftPart(UriPartial.Path), Failure = TransportFailure.TimedOut };
        return answer with { Waited = time.GetElapsedTime(start) };
    }
}
