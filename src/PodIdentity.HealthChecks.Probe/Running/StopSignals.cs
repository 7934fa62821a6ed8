using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Turns SIGTERM and SIGINT into a cancellation, also for process 1 of a container, where they mean nothing otherwise.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It holds until the process has ended: a second signal must not end it in another way.")]
internal sealed class StopSignals
{
    private readonly CancellationTokenSource _stopping = new();

    [SuppressMessage("CodeQuality", "IDE0052", Justification = "What is not held is collected, and then no longer registered.")]
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop), PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop)];

    public CancellationToken Token => _stopping.Token;

    /// <summary>Whether the first one was SIGINT: somebody pressed Ctrl+C.</summary>
    public bool WasInterrupt { get; private set; }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (!_stopping.IsCancellationRequested)
        {
            WasInterrupt = signal.Signal is PosixSignal.SIGINT;
            _stopping.Cancel();
        }
    }
}
