using PodIdentity.HealthChecks.Checks;

namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

/// <summary>The longest times of the checks, from their options.</summary>
internal static class CheckTimes
{
    public static TimeSpan DeadlineOf(HealthCheckTimingOptions options) => options.Deadline;

    /// <summary>What is lengthened at random, at its longest.</summary>
    public static TimeSpan Longest(TimeSpan time) => time * (1 + Jitter.Max);
}
