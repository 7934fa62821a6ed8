using System.Net;

namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>How to watch.</summary>
/// <param name="Interval">The time between two rounds.</param>
/// <param name="ResultLifetime">The min time from a good token to the next request for one.</param>
/// <param name="StatusFile">Where to write what is found; <see langword="null"/> for nowhere.</param>
/// <param name="Listen">Where to answer who asks; <see langword="null"/> for nowhere.</param>
/// <param name="FailingFor">How long a failure must have lasted to count for liveness.</param>
internal sealed record WatchPlan(TimeSpan Interval, TimeSpan ResultLifetime, string? StatusFile, IPEndPoint? Listen, TimeSpan FailingFor)
{
    /// <summary>What a busy node may add, and a second to find out from NMI why there is no token.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(6);

    /// <summary>How long a status is good for: by then the watch has written the next one.</summary>
    /// <param name="maxRound">How long a round takes at most, without finding out why it failed.</param>
    public TimeSpan GoodFor(TimeSpan maxRound) => (Interval * 1.2) + maxRound + Margin;
}
