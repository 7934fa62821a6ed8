using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PodIdentity.HealthChecks.Probe.Listening;

/// <summary>Where to listen, as a user writes it.</summary>
internal static class ListenAddress
{
    private const int Backlog = 512;

    /// <param name="text">A port, or an address before it: <c>127.0.0.1:8090</c>, <c>[::1]:8090</c>.</param>
    /// <param name="endpoint">A port alone is every address, IPv6 and IPv4.</param>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out IPEndPoint? endpoint)
    {
        endpoint = null;
        var colon = text.LastIndexOf(':');
        var isPort = int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= IPEndPoint.MaxPort;
        var host = colon < 0 ? "[::]" : text[..colon];
        var isV6 = host is ['[', .., ']'];

        // The framework's parser takes 1 and 0x7f.1 for IPv4 addresses as well.
        if (!isPort || !IPAddress.TryParse(isV6 ? host[1..^1] : host, out var address)
            || (isV6 ? address.AddressFamily is not AddressFamily.InterNetworkV6 : host.Contains(':', StringComparison.Ordinal) || !address.ToString().Equals(host, StringComparison.Ordinal)))
        {
            return false;
        }

        endpoint = new IPEndPoint(address, port);
        return true;
    }

    /// <returns>A socket that listens, or why there is none.</returns>
    public static (Socket? Socket, string? Problem) Bind(IPEndPoint endpoint)
    {
        var isAny = endpoint.Address.Equals(IPAddress.IPv6Any);

        // A node may have no IPv6.
        var here = isAny && !Socket.OSSupportsIPv6 ? new IPEndPoint(IPAddress.Any, endpoint.Port) : endpoint;
        try
        {
            return (Listen(here), null);
        }
        catch (SocketException exception)
        {
            return (null, exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "the port is in use",
                SocketError.AccessDenied => "permission denied (a port below 1024 needs a capability)",
                SocketError.AddressNotAvailable => "this pod does not have the address",
                SocketError.AddressFamilyNotSupported => "this node has no IPv6",
                var error => $"{error}",
            });
        }
    }

    private static Socket Listen(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}
