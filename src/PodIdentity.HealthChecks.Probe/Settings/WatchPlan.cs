namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>How to watch.</summary>
/// <param name="Interval">Between two looks.</param>
/// <param name="ResultLifetime">Between a token that was in order and the next request for one.</param>
/// <param name="StatusFile">Where to keep what was found; <see langword="null"/> for nowhere.</param>
internal sealed record WatchPlan(TimeSpan Interval, TimeSpan ResultLifetime, string? StatusFile)
{
    /// <summary>What a busy node may add.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>Of NMI's two answers that explain why there is no other.</summary>
    private static readonly TimeSpan Explanation = TimeSpan.FromSeconds(1);

    /// <summary>How long the word of a watch is good: by then it has looked again.</summary>
    /// <param name="longestLook">How long a look takes at most, but for the explanation.</param>
    public TimeSpan GoodFor(TimeSpan longestLook) => (Interval * 1.2) + longestLook + Explanation + Margin;
}
