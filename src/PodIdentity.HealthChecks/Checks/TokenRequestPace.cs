namespace PodIdentity.HealthChecks.Checks;

/// <summary>When the next token request may be sent, by a clock that nobody sets.</summary>
internal sealed class TokenRequestPace(TimeProvider time)
{
    private static readonly TimeSpan MinBackOff = TimeSpan.FromSeconds(5);

    /// <summary>An answer that says to come back in an hour must not blind the check for an hour.</summary>
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(5);

    private TimeSpan _backOff = MinBackOff;
    private long _from;
    private TimeSpan _wait;

    /// <summary>How long from now; zero when a request may be sent.</summary>
    public TimeSpan Remaining => _wait - time.GetElapsedTime(_from) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>Waits since an answer came, and twice as long the next time, up to a limit before jitter; or as long as it asked.</summary>
    public void BackOff(TimeSpan max, TimeSpan? retryAfter, long from)
    {
        var wait = Jitter.Lengthen(_backOff < max ? _backOff : max);
        if (retryAfter > wait)
        {
            wait = retryAfter < MaxRetryAfter ? retryAfter.Value : MaxRetryAfter;
        }

        _backOff = _backOff < max ? _backOff * 2 : max;
        Wait(wait, from);
    }

    /// <summary>Waits until so long after a moment, or for as long as it does already.</summary>
    public void Wait(TimeSpan wait, long from)
    {
        if (wait - time.GetElapsedTime(from) > Remaining)
        {
            (_from, _wait) = (from, wait);
        }
    }

    public void Clear() => (_backOff, _wait) = (MinBackOff, TimeSpan.Zero);
}

/// <summary>Makes waits longer at random, so the pods of a node do not ask in step.</summary>
internal static class Jitter
{
    /// <summary>The part of a wait that is added at most.</summary>
    public const double Max = 0.2;

    /// <summary>Gives a number from 0 to 1; a test that has to be repeatable sets one of its own.</summary>
    public static Func<double> Next { get; set; } = Random.Shared.NextDouble;

    /// <summary>More of a long wait would only delay what is found after it.</summary>
    private static readonly TimeSpan MaxAdded = TimeSpan.FromSeconds(15);

    public static TimeSpan Lengthen(TimeSpan wait)
    {
        var most = wait * Max;
        return wait + (Next() * (most < MaxAdded ? most : MaxAdded));
    }
}
