using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace PodIdentity.HealthChecks.Testing.Hosting;

/// <summary>Who a connection belongs to, for as long as it lives: decided when it is accepted, as conntrack does.</summary>
internal sealed record AcceptedBy(SimulatedResponder Responder);

/// <summary>
/// A port of the simulator, as Kestrel's listener: it opens and shuts at once, any number of times, while the server runs.
/// Shut, it refuses connections.
/// </summary>
internal sealed class Door : IConnectionListener
{
    private readonly object _lock = new();
    private readonly HeldPort _port;
    private readonly SocketConnectionContextFactory _contexts;
    private readonly Func<SimulatedResponder> _responder;
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>();
    private readonly Dictionary<ConnectionContext, SimulatedResponder> _connections = [];
    private Socket? _listening;

    public Door(HeldPort port, SocketConnectionContextFactory contexts, Func<SimulatedResponder> responder)
    {
        _port = port;
        _contexts = contexts;
        _responder = responder;
    }

    public EndPoint EndPoint => _port.EndPoint;

    /// <summary>The certificate for a name, on a port that speaks TLS.</summary>
    public Func<string, X509Certificate2>? CertificateFor { get; set; }

    public void Open()
    {
        lock (_lock)
        {
            if (_listening is null)
            {
                _listening = _port.Listen();
                _ = AcceptFromAsync(_listening);
            }
        }
    }

    public void Shut()
    {
        lock (_lock)
        {
            _listening?.Dispose();
            _listening = null;
        }
    }

    /// <summary>Ends every connection of a responder, as the end of its process does.</summary>
    public void Abort(SimulatedResponder responder)
    {
        ConnectionContext[] ended;
        lock (_lock)
        {
            ended = [.. _connections.Where(c => c.Value == responder).Select(c => c.Key)];
        }

        foreach (var connection in ended)
        {
            connection.Abort(new ConnectionAbortedException($"The simulated {responder} has ended."));
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out var connection))
            {
                return connection;
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        Shut();
        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    public void Close()
    {
        Shut();
        _accepted.Writer.TryComplete();
        _port.Dispose();
    }

    private async Task AcceptFromAsync(Socket listening)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listening.AcceptAsync().ConfigureAwait(false);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                continue; // whoever connected has left again
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return; // shut
            }

            Welcome(listening, socket);
        }
    }

    private void Welcome(Socket listening, Socket socket)
    {
        lock (_lock)
        {
            if (_listening != listening)
            {
                socket.Dispose(); // accepted by a door that has been shut since
                return;
            }

            socket.NoDelay = true;
            var connection = _contexts.Create(socket);
            var responder = _responder();
            connection.Features.Set(new AcceptedBy(responder));
            _connections.Add(connection, responder);
            if (!_accepted.Writer.TryWrite(connection))
            {
                connection.Abort();
            }

            connection.ConnectionClosed.Register(Forget, connection);
        }
    }

    private void Forget(object? connection)
    {
        lock (_lock)
        {
            _connections.Remove((ConnectionContext)connection!);
        }
    }
}

/// <summary>Hands Kestrel the doors that were made before it.</summary>
internal sealed class DoorFactory(IReadOnlyList<Door> doors) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(doors.Single(d => d.EndPoint.Equals(endpoint)));
}
