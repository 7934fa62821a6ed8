using Microsoft.Extensions.Logging;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Startup;

/// <summary>Tells the log what a gate waits for: at once when that changes, else no more often than every ten seconds.</summary>
internal sealed class GateProgress(StartupGate gate, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private (string Check, string Finding)[] _told = [];
    private long _toldAt;

    public void Begin(IEnumerable<string> checks, TimeSpan timeout) =>
        StartupLog.Waiting(logger, gate.Name, string.Join(", ", checks), Words.For(timeout));

    public void Report(IReadOnlyList<CheckState> states, TimeSpan left)
    {
        var failing = states.Where(s => !s.Passes).ToArray();
        var found = failing.Select(s => (s.Check, s.Finding)).ToArray();
        if (found.SequenceEqual(_told) && time.GetElapsedTime(_toldAt) < Quiet)
        {
            return;
        }

        (_told, _toldAt) = (found, time.GetTimestamp());
        StartupLog.Held(logger, gate.Name, Words.For(left), string.Join("; ", failing.Select(s => s.ToString().TrimEnd('.'))));
    }

    public void Pass(TimeSpan elapsed, int tries) => StartupLog.Passed(logger, gate.Name, Words.For(elapsed), tries);
}
