using System.Runtime.InteropServices;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Turns SIGTERM and SIGINT into a cancellation, also for process 1 of a container, where they mean nothing otherwise.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop), PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop)];

    public CancellationToken Token => _stopping.Token;

    /// <summary>Whether it was SIGINT: somebody pressed Ctrl+C.</summary>
    public bool WasInterrupt { get; private set; }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stopping.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        WasInterrupt = signal.Signal is PosixSignal.SIGINT;
        _stopping.Cancel();
    }
}
