using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PodIdentity.HealthChecks.Tests;

/// <summary>An egress proxy on this machine. Whatever it is asked for, it connects to one port of this machine, asks for a password, or refuses.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<string> _asked = [];
    private readonly int _port;
    private readonly bool _refuses;
    private readonly string? _password;
    private readonly Task _serving;

    public ConnectProxy(int port, bool refuses = false, string? password = null)
    {
        (_port, _refuses, _password) = (port, refuses, password);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}/");

    /// <summary>What it was asked to connect to.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_asked)
            {
                return [.. _asked];
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _serving;
        _listener.Dispose();
        _ending.Dispose();
    }

    private async Task ServeAsync()
    {
        var tunnels = new List<Task>();
        try
        {
            while (true)
            {
                tunnels.Add(TunnelAsync(await _listener.AcceptTcpClientAsync(_ending.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(tunnels).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TunnelAsync(TcpClient client)
    {
        using var taken = client;
        var stream = client.GetStream();
        var head = new StringBuilder();
        var letter = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(letter, _ending.Token);
            head.Append((char)letter[0]);
        }

        lock (_asked)
        {
            _asked.Add(head.ToString().Split(' ')[1]);
        }

        var isKnown = _password is null
            || head.ToString().Contains($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(_password))}\r\n", StringComparison.Ordinal);
        var answer = _refuses ? "403 Forbidden" : isKnown ? "200 OK" : "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"egress\"";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\n\r\n"), _ending.Token);
        if (_refuses || !isKnown)
        {
            return;
        }

        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, _port, _ending.Token);
        var far = server.GetStream();
        await Task.WhenAny(stream.CopyToAsync(far, _ending.Token), far.CopyToAsync(stream, _ending.Token));
    }
}
