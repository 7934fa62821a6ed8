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

    public HeldPort(IPEndPoint endPoint)
    {
        var socket = Bind(endPoint);
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        if (CanShare)
        {
            // .NET binds with SO_REUSEADDR, which would let anyone have the port of a socket that does not listen.
            SetOption(socket, linux: 2, macOS: 4, value: 0);
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
            SetOption(socket, linux: 15, macOS: 0x0200, value: 1); // SO_REUSEPORT, for which .NET has no name
            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sets an option of SOL_SOCKET by the numbers in the system's headers.</summary>
    private static void SetOption(Socket socket, int linux, int macOS, int value)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(1, linux, BitConverter.GetBytes(value));
        }
        else if (OperatingSystem.IsMacOS())
        {
            socket.SetRawSocketOption(0xffff, macOS, BitConverter.GetBytes(value));
        }
    }
}
