using System.Text;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Http;

/// <summary>
/// A request that asks for no token: answered, refused or silent, it ends within its timeout and throws nothing. It is not sent by an
/// <see cref="HttpClient"/>, which keeps the whole body, however long, before anybody can bound it.
/// </summary>
internal sealed class HttpProbe(HttpMessageInvoker client, TimeProvider time)
{
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<PlainAnswer> GetAsync(Uri address, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var endpoint = SafeText.Address(address);
        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using var response = await client.SendAsync(request, deadline.Token).ConfigureAwait(false);
            var body = await BoundedBody.ReadAsync(response.Content, deadline.Token).ConfigureAwait(false);
            return body is null
                ? new PlainAnswer(endpoint, TransportFailure.TooLarge, (int)response.StatusCode)
                : new PlainAnswer(
                    endpoint,
                    TransportFailure.None,
                    (int)response.StatusCode,
                    response.Headers.ServerText(),
                    SafeText.ForPeople(Encoding.UTF8.GetString(body)));
        }
        catch (Exception exception) when (exception is OperationCanceledException || TransportFailures.IsOne(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new PlainAnswer(endpoint, TransportFailures.From(exception));
        }
    }
}
