using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Turns SIGTERM and SIGINT into a cancellation. Process 1 of a container would ignore them otherwise.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as the process: a second signal must not change the exit code.")]
internal sealed class StopSignals
{
    private readonly CancellationTokenSource _stopping = new();

    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop), PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop)];

    public CancellationToken Token => _stopping.Token;

    /// <summary>Whether the first signal was SIGINT: somebody pressed Ctrl+C.</summary>
    public bool WasInterrupt { get; private set; }

    /// <summary>Lets later signals do what they do to any process.</summary>
    public void Release() => Array.ForEach(_registrations, r => r.Dispose());

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
