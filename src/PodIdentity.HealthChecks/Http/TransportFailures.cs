using System.Net.Sockets;
using System.Security.Authentication;
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
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => exception.InnerException switch
        {
            HttpIOException => TransportFailure.Broken,
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => TransportFailure.Refused,
            _ => TransportFailure.Unreachable,
        },
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => TransportFailure.Unreachable,

        // Ended at this end, with nothing else behind it. What the other end does amid a handshake says nothing of its certificate.
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: AuthenticationException { InnerException: null } } => TransportFailure.Untrusted,
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => TransportFailure.NoTunnel,
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => TransportFailure.TooLarge,
        _ => TransportFailure.Broken,
    };
}
