using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Reports every ten seconds that there is no answer yet, until it is disposed.</summary>
internal sealed class ProgressLines(TimeProvider time, IReport report, TimeSpan max) : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly ITimer _timer = Start(time, report, max);

    public void Dispose() => _timer.Dispose();

    private static ITimer Start(TimeProvider time, IReport report, TimeSpan max)
    {
        var start = time.GetTimestamp();
        return time.CreateTimer(
            _ =>
            {
                var waited = time.GetElapsedTime(start);
                report.Progress(waited, waited < max ? max - waited : TimeSpan.Zero);
            },
            null,
            Period,
            Period);
    }
}
