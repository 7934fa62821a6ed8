using System.Net.Sockets;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Http;

/// <summary>Names what an exception from <see cref="HttpClient"/> means.</summary>
internal static class TransportFailures
{
    /// <summary>Whether the request failed, and not the code around it. A reset amid connecting comes as the socket's own exception.</summary>
    public static bool IsOne(Exception exception) => exception is HttpRequestException or IOException or SocketException;

    public static TransportFailure From(Exception exception) => exception switch
    {
        OperationCanceledException => TransportFailure.TimedOut,
        HttpRequestException http => From(http),
        _ => TransportFailure.Broken,
    };

    private static TransportFailure From(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.ConnectionError when exception.InnerException is HttpIOException => TransportFailure.Broken,
        HttpRequestError.ConnectionError => IsRefusal(exception) ? TransportFailure.Refused : TransportFailure.Unreachable,
        HttpRequestError.NameResolutionError => TransportFailure.Unreachable,
        HttpRequestError.SecureConnectionError => TransportFailure.Untrusted,
        HttpRequestError.ConfigurationLimitExceeded => TransportFailure.TooLarge,
        _ => TransportFailure.Broken,
    };

    private static bool IsRefusal(HttpRequestException exception) =>
        exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
}
