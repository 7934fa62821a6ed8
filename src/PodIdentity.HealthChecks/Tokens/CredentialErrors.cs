using System.Text;
using Azure;
using Microsoft.Identity.Client;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Finds, in what a credential threw, the answer that it had from a token service, if any. Only that answer is read: the text of an
/// exception may hold anything.
/// </summary>
internal static class CredentialErrors
{
    private const string Marker = "received from the server: ";
    private const string ManagedIdentityFailed = "managed_identity_request_failed";

    /// <param name="exception">What was thrown.</param>
    /// <param name="asksEntra">Whether Microsoft Entra ID was asked; <see langword="null"/> where only its answer tells.</param>
    /// <param name="now">The time.</param>
    public static TokenExchange Read(Exception exception, bool? asksEntra, DateTimeOffset now)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case MsalServiceException service when StatusOf(service) is > 0 and var status:
                    return Answered(service, status, asksEntra, now);
                case RequestFailedException { Status: > 0 } failed:
                    return new TokenExchange
                    {
                        Endpoint = null,
                        ToEntra = asksEntra is true,
                        Status = failed.Status,
                        Responder = asksEntra is true ? PodIdentityResponder.Entra : PodIdentityResponder.Unknown,
                    };
                case HttpRequestException or OperationCanceledException:
                    return new TokenExchange { Endpoint = null, ToEntra = asksEntra is true, Failure = TransportFailures.From(cause) };
            }
        }

        return new TokenExchange { Endpoint = null, Failure = TransportFailure.Credential, Text = exception.GetType().Name };
    }

    // MSAL reports a 400 of the metadata service without its number.
    private static int StatusOf(MsalServiceException exception) =>
        exception.StatusCode is 0 && exception.ErrorCode is ManagedIdentityFailed && exception.InnerException is null ? 400 : exception.StatusCode;

    private static TokenExchange Answered(MsalServiceException exception, int status, bool? asksEntra, DateTimeOffset now)
    {
        // NMI and IMDS pass on what Microsoft Entra ID said.
        var toEntra = asksEntra ?? exception.Message.Contains("AADSTS", StringComparison.Ordinal);
        var marker = exception.Message.IndexOf(Marker, StringComparison.Ordinal);
        var text = !string.IsNullOrEmpty(exception.ResponseBody) ? exception.ResponseBody
            : marker < 0 ? string.Empty
            : exception.Message[(marker + Marker.Length)..];
        var answer = new TokenAnswer(Endpoint: null, toEntra, status, ContentType: "text/plain", RetryAfter: exception.Headers?.RetryAfter?.Delta);

        // MSAL takes an answer apart and tells it in words of its own: what it is known to mean is found there, and nothing of it is shown.
        var exchange = TokenAnswerReader.Read(answer, Encoding.UTF8.GetBytes(text), now) with { Known = KnownAnswers.Find(exception.Message) };

        // The headers that would name the responder are gone.
        return toEntra
            ? exchange with { EntraError = exchange.EntraError ?? EntraErrors.Find(exception.Message) }
            : exchange with { Responder = PodIdentityResponder.Unknown };
    }
}
