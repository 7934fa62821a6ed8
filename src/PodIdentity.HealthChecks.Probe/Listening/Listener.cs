using System.Buffers;
using System.Net.Sockets;

namespace PodIdentity.HealthChecks.Probe.Listening;

/// <summary>
/// The smallest server that a kubelet and Prometheus need: one request a connection, a few connections, a few seconds for each. It is not one of
/// .NET's own, because HttpListener bounds neither the connections nor the time of a first request, and Kestrel does not fit into the static
/// executable's limit.
/// </summary>
/// <param name="socket">It listens; it is closed at the end.</param>
/// <param name="answer">What to answer.</param>
/// <param name="time">The clock.</param>
internal sealed class Listener(Socket socket, Func<Request, Response> answer, TimeProvider time)
{
    private const int MaxConnections = 64;
    private const int MaxDrained = 64 * 1024;

    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The oldest first.</summary>
    private readonly LinkedList<Socket> _open = [];

    /// <exception cref="OperationCanceledException"><paramref name="stopping"/> was cancelled: nothing else ends it.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await AcceptAsync(stopping).ConfigureAwait(false);
            }
        }
        finally
        {
            socket.Dispose();
            lock (_open)
            {
                foreach (var connection in _open)
                {
                    connection.Dispose();
                }
            }
        }
    }

    private async Task AcceptAsync(CancellationToken stopping)
    {
        try
        {
            _ = ServeAsync(await socket.AcceptAsync(stopping).ConfigureAwait(false));
        }
        catch (SocketException)
        {
            // The client has gone, or the process has no descriptor left: one comes back within seconds.
            await Task.Delay(Pause, time, stopping).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        var place = Admit(connection);
        var buffer = ArrayPool<byte>.Shared.Rent(RequestHead.MaxBytes);
        var deadline = time.CreateTimer(static c => ((Socket)c!).Dispose(), connection, MaxTime, Timeout.InfiniteTimeSpan);
        try
        {
            await AnswerAsync(connection, buffer.AsMemory(0, RequestHead.MaxBytes)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client has gone, or its time is up, or it had to make room.
        }
        finally
        {
            await deadline.DisposeAsync().ConfigureAwait(false);
            connection.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
            lock (_open)
            {
                if (place.List is not null)
                {
                    _open.Remove(place);
                }
            }
        }
    }

    private async Task AnswerAsync(Socket connection, Memory<byte> buffer)
    {
        var (request, refusal) = (default(Request), 0);
        for (var length = 0; request is null && refusal is 0;)
        {
            var received = await connection.ReceiveAsync(buffer[length..]).ConfigureAwait(false);
            if (received is 0)
            {
                return;
            }

            length += received;
            (request, refusal) = RequestHead.Read(buffer.Span[..length]);
        }

        var response = request is null ? Response.Refusal(refusal) : answer(request);
        for (ReadOnlyMemory<byte> rest = response.Format(request is { IsHead: true }); rest.Length > 0;)
        {
            rest = rest[await connection.SendAsync(rest).ConfigureAwait(false)..];
        }

        // If anything unread is left when it is closed, the client is sent a reset, which may overtake the answer.
        connection.Shutdown(SocketShutdown.Send);
        for (var (drained, received) = (0, 1); received > 0 && drained < MaxDrained; drained += received)
        {
            received = await connection.ReceiveAsync(buffer).ConfigureAwait(false);
        }
    }

    /// <summary>The oldest makes room for the newest: a kubelet's request is there in a moment, and only one that dawdles gets old.</summary>
    private LinkedListNode<Socket> Admit(Socket connection)
    {
        lock (_open)
        {
            if (_open.Count >= MaxConnections)
            {
                _open.First!.Value.Dispose();
                _open.RemoveFirst();
            }

            return _open.AddLast(connection);
        }
    }
}
