namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>A check that says what the test says.</summary>
internal sealed class ScriptedCheck(Func<Task<HealthCheckResult>> answer) : IHealthCheck
{
    private volatile Func<Task<HealthCheckResult>> _answer = answer;
    private int _runs;

    public ScriptedCheck(HealthCheckResult result)
        : this(() => Task.FromResult(result))
    {
    }

    public static HealthCheckResult Down { get; } = HealthCheckResult.Unhealthy("The port is shut");

    public int Runs => Volatile.Read(ref _runs);

    /// <summary>As the checks of this library report a failure.</summary>
    public static HealthCheckResult Failing(PodIdentityFailureReason reason, string description) => HealthCheckResult.Unhealthy(
        description, data: new Dictionary<string, object>(StringComparer.Ordinal) { [PodIdentityDataKeys.Reason] = reason.ToString() });

    public void Says(HealthCheckResult result) => _answer = () => Task.FromResult(result);

    /// <summary>It hangs, and does not care for its cancellation.</summary>
    public void Hangs() => _answer = () => new TaskCompletionSource<HealthCheckResult>().Task;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _runs);
        return _answer();
    }
}
