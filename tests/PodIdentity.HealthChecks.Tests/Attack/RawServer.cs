using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>A port on which anything at all is answered, byte by byte.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<RawConnection, Task> _answer;
    private readonly Task _accepting;

    public RawServer(Func<RawConnection, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = new Uri($"http://{_listener.LocalEndpoint}/");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    public Uri TokenEndpoint => new(Address, "metadata/identity/oauth2/token");

    /// <summary>Completes when an answer has come to the point from where it does not get any further.</summary>
    public Task Hanging => _hanging.Task;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_ending.Token);
                serving.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        try
        {
            await _answer(new RawConnection(socket, () => _hanging.TrySetResult(), _ending.Token));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The client has left, or the test has ended.
        }
    }
}

/// <summary>A client's connection, with all that a good server never does.</summary>
internal sealed class RawConnection(Socket socket, Action hangs, CancellationToken ending)
{
    private readonly byte[] _received = new byte[16 * 1024];

    /// <summary>Whether the question who is there is to be answered like a token request.</summary>
    public bool TakesFingerprintForToken { get; set; }

    /// <returns>The request's line and headers.</returns>
    public async Task<string> ReadRequestAsync()
    {
        var length = 0;
        while (_received.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = await socket.ReceiveAsync(_received.AsMemory(length), SocketFlags.None, ending);
            if (read == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            length += read;
        }

        return Encoding.ASCII.GetString(_received, 0, length);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, ending)..];
        }
    }

    /// <summary>Sends the same again and again, until the client leaves.</summary>
    /// <remarks>In large pieces: sent one at a time, small ones cost this process more memory than the client may take.</remarks>
    public async Task SendWithoutEndAsync(byte[] bytes)
    {
        await SendAsync(bytes);
        hangs();
        var piece = Enumerable.Repeat(bytes, 1 + (16 * 1024 / bytes.Length)).SelectMany(b => b).ToArray();
        while (true)
        {
            await SendAsync(piece);
        }
    }

    /// <summary>Sends byte by byte, and then nothing more.</summary>
    public async Task DripAsync(string text)
    {
        foreach (var drop in Encoding.UTF8.GetBytes(text))
        {
            await SendAsync(new[] { drop });
        }

        await HangAsync();
    }

    public async Task HangAsync()
    {
        hangs();
        await UntilTheClientLeavesAsync();
    }

    /// <summary>Says that nothing more will come, and goes on listening.</summary>
    public async Task HalfCloseAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        await UntilTheClientLeavesAsync();
    }

    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    private async Task UntilTheClientLeavesAsync()
    {
        while (await socket.ReceiveAsync(_received, SocketFlags.None, ending) > 0)
        {
            // Whatever it still says.
        }
    }
}
