using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>An answer as it came over the wire.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>Requests as a test writes them, over connections of their own.</summary>
internal static class RawHttp
{
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public static Task<RawAnswer> GetAsync(int port, string path, string accept = "*/*") =>
        SendAsync(port, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");

    public static async Task<RawAnswer> SendAsync(int port, string request)
    {
        using var socket = await ConnectAsync(port);
        await socket.SendAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        return Parse(await ReadToEndAsync(socket));
    }

    public static async Task<Socket> ConnectAsync(int port, string send = "")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.Latin1.GetBytes(send), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <returns>What was sent before the connection was closed.</returns>
    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static RawAnswer Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"It is no answer: {text}");
        var lines = text[..end].Split("\r\n");
        Assert.Matches("^HTTP/1.1 [1-5][0-9]{2} [A-Z]", lines[0]);
        var headers = lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(h => h[0], h => h[1], StringComparer.OrdinalIgnoreCase);
        return new RawAnswer(int.Parse(lines[0].AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture), headers, text[(end + 4)..]);
    }
}
