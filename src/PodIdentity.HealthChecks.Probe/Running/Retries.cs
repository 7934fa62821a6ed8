namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>How often and how fast to try again: from <paramref name="Min"/>, doubling, up to <paramref name="Max"/>.</summary>
internal sealed record Retries(TimeSpan Min, TimeSpan Max, int Count)
{
    /// <summary>What doubles where <see cref="Min"/> is nothing: an IMDS that many ask without a pause refuses all of them.</summary>
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);

    public int Attempts => Count + 1;

    /// <summary>How long to wait after an attempt.</summary>
    /// <param name="attempt">The attempt, from 1.</param>
    /// <param name="retryAfter">What the answer asked for; honoured up to <see cref="Max"/>.</param>
    public TimeSpan DelayAfter(int attempt, TimeSpan? retryAfter = null)
    {
        var delay = Min;
        for (var doubled = 1; doubled < attempt && delay < Max; doubled++)
        {
            delay = delay > TimeSpan.Zero ? delay * 2 : LeastPause;
        }

        delay = retryAfter > delay ? retryAfter.Value : delay;
        return delay < Max ? delay : Max;
    }

    /// <summary>How long the rest takes at most, from the end of the wait that follows an attempt.</summary>
    public TimeSpan LongestAfter(int attempt, TimeSpan attemptTimeout)
    {
        var longest = TimeSpan.Zero;
        for (var next = attempt + 1; next <= Attempts; next++)
        {
            longest += attemptTimeout + (next < Attempts ? DelayAfter(next) : TimeSpan.Zero);
        }

        return longest;
    }
}
