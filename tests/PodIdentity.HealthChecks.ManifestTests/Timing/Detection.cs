using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests.Timing;

/// <summary>When a probe has failed often enough after NMI has gone.</summary>
internal static class Detection
{
    /// <summary>NMI goes just after a good answer, and just after the kubelet has asked.</summary>
    public static TimeSpan Latest(Probe probe, Look look, bool isSilent)
    {
        var more = probe.Period * (probe.FailureThreshold - 1);
        if (look.Lag > TimeSpan.Zero)
        {
            return look.Lag + (isSilent ? look.SilentLag : TimeSpan.Zero) + look.Grace + probe.Period + more;
        }

        var good = look.Kept > look.Grace ? look.Kept : look.Grace;
        var firstBad = Math.Floor(good / probe.Period) + 1; // one kubelet asks, in step with itself
        return (probe.Period * firstBad) + more + (isSilent ? look.Deadline : TimeSpan.Zero);
    }

    /// <summary>NMI goes just before the kubelet asks; the last good answer may be a period old.</summary>
    public static TimeSpan Earliest(Probe probe, Look look)
    {
        var more = probe.Period * (probe.FailureThreshold - 1);
        var grace = look.Lag > TimeSpan.Zero ? look.Grace : look.Grace - probe.Period;
        return (grace > TimeSpan.Zero ? grace : TimeSpan.Zero) + more;
    }
}
