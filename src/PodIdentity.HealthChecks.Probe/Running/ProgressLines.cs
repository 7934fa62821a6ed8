using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>Says every ten seconds that it still waits, until it is disposed of.</summary>
internal sealed class ProgressLines : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly IReport _report;
    private readonly TimeSpan _longest;
    private readonly long _start;
    private readonly ITimer _timer;

    public ProgressLines(TimeProvider time, IReport report, TimeSpan longest)
    {
        _time = time;
        _report = report;
        _longest = longest;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static lines => ((ProgressLines)lines!).Say(), this, Period, Period);
    }

    public void Dispose() => _timer.Dispose();

    private void Say()
    {
        var waited = _time.GetElapsedTime(_start);
        _report.Progress(waited, waited < _longest ? _longest - waited : TimeSpan.Zero);
    }
}
