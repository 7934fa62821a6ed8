namespace PodIdentity.HealthChecks.Testing;

/// <summary>The simulator's time: waits are scaled, points in time are not.</summary>
internal sealed class SimulatorClock(TimeProvider time, double scale)
{
    public TimeProvider Time => time;

    public DateTimeOffset UtcNow => time.GetUtcNow();

    public Task Forever(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);

    public Task Delay(TimeSpan wait, CancellationToken cancellationToken) =>
        wait > TimeSpan.Zero ? Task.Delay(wait * scale, time, cancellationToken) : Task.CompletedTask;

    public bool HasPassed(TimeSpan wait, long since) => time.GetElapsedTime(since) >= wait * scale;
}
