using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>A name server, as a cluster's is for a pod: it knows one name, and not that name below the pod's search domains.</summary>
internal sealed class ScriptedDns : IDisposable
{
    /// <summary>As the kubelet writes it.</summary>
    public const string ResolvConf = $"search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver {Address}\noptions ndots:5\n";

    private const string Address = "127.0.0.77";
    private const int Port = 53;
    private const int Header = 12;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly string _name;

    public ScriptedDns(string name)
    {
        _name = name;
        _socket.Bind(new IPEndPoint(IPAddress.Parse(Address), Port));
        _ = Task.Run(AnswerAsync);
    }

    public ConcurrentQueue<string> Questions { get; } = [];

    public void Dispose() => _socket.Dispose();

    private async Task AnswerAsync()
    {
        var buffer = new byte[512];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), CancellationToken.None);
                await _socket.SendToAsync(Answer(buffer.AsSpan(0, received.ReceivedBytes)), received.RemoteEndPoint, CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has been disposed.
        }
    }

    /// <summary>RFC 1035: the question is sent back, with the one address where it asks for that.</summary>
    private byte[] Answer(ReadOnlySpan<byte> query)
    {
        var labels = new List<string>();
        var at = Header;
        while (query[at] is > 0 and var length)
        {
            labels.Add(Encoding.ASCII.GetString(query.Slice(at + 1, length)));
            at += 1 + length;
        }

        var name = string.Join('.', labels);
        Questions.Enqueue(name);
        var isKnown = name.Equals(_name, StringComparison.OrdinalIgnoreCase);
        var asksForAddress = query[at + 2] is 1;
        byte[] address = isKnown && asksForAddress ? [0xC0, Header, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1] : [];
        byte[] header = [query[0], query[1], 0x81, isKnown ? (byte)0x80 : (byte)0x83, 0, 1, 0, address.Length > 0 ? (byte)1 : (byte)0, 0, 0, 0, 0];
        return [.. header, .. query[Header..(at + 5)], .. address];
    }
}
