using System.Net;
using System.Net.Sockets;

namespace PodIdentity.HealthChecks.Testing.Hosting;

/// <summary>
/// A port that stays ours while nobody listens on it: a socket that is bound and never listens holds it,
/// so that connecting is really refused and no other process can take the port in between.
/// </summary>
internal sealed class HeldPort : IDisposable
{
    private const int Backlog = 512;

    private readonly Socket? _holder;

    public HeldPort(IPAddress address, int port)
    {
        var socket = Bind(new IPEndPoint(address, port));
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        if (CanShare)
        {
            _holder = socket;
        }
        else
        {
            // Without SO_REUSEPORT a holder would keep us out too: only the number is kept.
            socket.Dispose();
        }
    }

    public IPEndPoint EndPoint { get; }

    private static bool CanShare => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    public Socket Listen()
    {
        var socket = Bind(EndPoint);
        socket.Listen(Backlog);
        return socket;
    }

    public void Dispose() => _holder?.Dispose();

    private static Socket Bind(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // .NET has no name for SO_REUSEPORT: level and option are those of the system's headers.
            if (OperatingSystem.IsLinux())
            {
                socket.SetRawSocketOption(1, 15, BitConverter.GetBytes(1));
            }
            else if (OperatingSystem.IsMacOS())
            {
                socket.SetRawSocketOption(0xffff, 0x0200, BitConverter.GetBytes(1));
            }

            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
