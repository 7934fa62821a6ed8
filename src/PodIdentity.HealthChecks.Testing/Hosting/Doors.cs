using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace PodIdentity.HealthChecks.Testing.Hosting;

/// <summary>All doors of a simulator, which end together.</summary>
internal sealed class Doors : IAsyncDisposable
{
    private readonly SocketConnectionContextFactory _contexts = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);
    private readonly List<Door> _all = [];

    /// <exception cref="System.Net.Sockets.SocketException">A port is taken.</exception>
    public Doors(PodIdentitySimulatorOptions options, Func<SimulatedResponder> metadataResponder)
    {
        try
        {
            Metadata = Add(new IPEndPoint(options.ListenAddress, options.MetadataPort), metadataResponder);
            Probe = Add(new IPEndPoint(options.ListenAddress, options.NmiProbePort), static () => SimulatedResponder.NmiProbe);
            Entra = Add(new IPEndPoint(options.ListenAddress, options.EntraPort), static () => SimulatedResponder.Entra);
            Binding = Add(new IPEndPoint(options.ListenAddress, options.BindingPort), static () => SimulatedResponder.IdentityBindingProxy);
            Nmi = options.NmiEndPoint is { } nmi ? Add(nmi, static () => SimulatedResponder.Nmi) : null;
            Imds = options.ImdsEndPoint is { } imds ? Add(imds, static () => SimulatedResponder.Imds) : null;
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>Gets what stands for 169.254.169.254: each connection belongs to whoever it leads to then.</summary>
    public Door Metadata { get; }

    /// <summary>Gets NMI's probe port.</summary>
    public Door Probe { get; }

    /// <summary>Gets the port of Microsoft Entra ID.</summary>
    public Door Entra { get; }

    /// <summary>Gets the port of an identity binding's proxy.</summary>
    public Door Binding { get; }

    /// <summary>Gets NMI's own door, if it has one.</summary>
    public Door? Nmi { get; }

    /// <summary>Gets the own door of IMDS, if it has one.</summary>
    public Door? Imds { get; }

    public IReadOnlyList<Door> All => _all;

    /// <summary>Ends every connection of NMI, as the end of its process does.</summary>
    public void AbortNmi()
    {
        Metadata.Abort(SimulatedResponder.Nmi);
        Nmi?.Abort(SimulatedResponder.Nmi);
        Probe.Abort(SimulatedResponder.NmiProbe);
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private Door Add(IPEndPoint endPoint, Func<SimulatedResponder> responder)
    {
        var door = new Door(new HeldPort(endPoint), _contexts, responder);
        _all.Add(door);
        return door;
    }

    private void Close()
    {
        _all.ForEach(d => d.Close());
        _contexts.Dispose();
    }
}
