namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>How often to retry, with a delay that doubles from <paramref name="Min"/> up to <paramref name="Max"/>.</summary>
internal sealed record Retries(TimeSpan Min, TimeSpan Max, int Count)
{
    /// <summary>The second delay if <see cref="Min"/> is zero: an IMDS that many ask without a pause refuses all of them.</summary>
    private static readonly TimeSpan MinDelay = TimeSpan.FromMilliseconds(100);

    public int Attempts => Count + 1;

    /// <summary>The delay after an attempt.</summary>
    /// <param name="attempt">Its number, from 1.</param>
    /// <param name="retryAfter">What the answer asks for; honoured up to <see cref="Max"/>.</param>
    public TimeSpan DelayAfter(int attempt, TimeSpan? retryAfter = null)
    {
        var delay = Min;
        for (var doubled = 1; doubled < attempt && delay < Max; doubled++)
        {
            delay = delay > TimeSpan.Zero ? delay * 2 : MinDelay;
        }

        delay = retryAfter > delay ? retryAfter.Value : delay;
        return delay < Max ? delay : Max;
    }

    /// <summary>How long all later attempts take at most, without the delay before the first of them.</summary>
    public TimeSpan LongestAfter(int attempt, TimeSpan attemptTimeout)
    {
        var max = TimeSpan.Zero;
        for (var next = attempt + 1; next <= Attempts; next++)
        {
            max += attemptTimeout + (next < Attempts ? DelayAfter(next) : TimeSpan.Zero);
        }

        return max;
    }
}
