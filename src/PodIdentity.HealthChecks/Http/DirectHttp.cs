using System.Net.Sockets;

namespace PodIdentity.HealthChecks.Http;

/// <summary>
/// Connections as a probe needs them: each request on a connection of its own, no redirect followed, and straight to the address, but for the
/// pod's way out of the cluster.
/// </summary>
internal static class DirectHttp
{
    private const int MaxHeadersKiB = 16;
    private static readonly HttpRequestOptionsKey<int> Connections = new("PodIdentity.HealthChecks.Connections");
    private static readonly EgressProxy Egress = new();

    public static SocketsHttpHandler CreateHandler() => new()
    {
        Proxy = Egress,
        AllowAutoRedirect = false,
        UseCookies = false,
        // DNAT applies to new connections only: a kept one goes on talking to whoever answered first.
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectCallback = ConnectOnceAsync,
        MaxResponseHeadersLength = MaxHeadersKiB,
        // A probe every few seconds is nothing to trace.
        ActivityHeadersPropagator = null,
    };

    /// <summary>The deadline is the caller's, by a cancellation token, so that it follows its <see cref="TimeProvider"/>.</summary>
    public static HttpClient CreateClient(HttpMessageHandler handler) => new(handler) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>A request whose connection ends without an answer is sent again by the handler, up to three times, and no setting says otherwise.</summary>
    private static async ValueTask<Stream> ConnectOnceAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        // A proxy that asks for a password is connected to once more, with that.
        var request = context.InitialRequestMessage;
        request.Options.TryGetValue(Connections, out var connections);
        if (connections == (request.Method == HttpMethod.Connect ? 2 : 1))
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded);
        }

        request.Options.Set(Connections, connections + 1);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>The way to a simulator in the process: as a service, it stands before the connections of every check of the container.</summary>
/// <param name="Lead">Takes what sends to the network, and returns what sends to the simulator where that plays the server.</param>
internal sealed record Detour(Func<HttpMessageHandler, HttpMessageHandler> Lead);
