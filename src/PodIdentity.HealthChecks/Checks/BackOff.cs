namespace PodIdentity.HealthChecks.Checks;

/// <summary>
/// How long no token request is sent after one that was throttled or not answered. NMI goes on trying for 112 s after its caller has left:
/// whoever asks again at once multiplies the load that is the trouble.
/// </summary>
internal sealed class BackOff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>An answer that says to come back in an hour may not blind the check for an hour.</summary>
    private static readonly TimeSpan LongestAskedFor = TimeSpan.FromMinutes(5);

    private TimeSpan _next = First;
    private DateTimeOffset _until = DateTimeOffset.MinValue;

    /// <summary>How long from now; zero when a request may be sent.</summary>
    public TimeSpan Remaining => _until - time.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>Begins, or doubles.</summary>
    /// <param name="retryAfter">What the answer asked for.</param>
    public void Begin(TimeSpan? retryAfter)
    {
        // ±20 %, so that the pods of a node do not come back in step.
        var wait = _next * (0.8 + (Random.Shared.NextDouble() * 0.4));
        if (retryAfter is { } asked && asked > wait)
        {
            wait = asked < LongestAskedFor ? asked : LongestAskedFor;
        }

        _until = time.GetUtcNow() + wait;
        _next = _next * 2 < Longest ? _next * 2 : Longest;
    }

    public void End()
    {
        _next = First;
        _until = DateTimeOffset.MinValue;
    }
}
