namespace PodIdentity.HealthChecks.ManifestTests.Timing;

/// <summary>How what a probe runs comes to know of an NMI that has gone.</summary>
internal sealed record Look
{
    /// <summary>Gets how long it takes to answer when NMI is silent. One that is gone refuses, which takes no time.</summary>
    public TimeSpan Deadline { get; init; }

    /// <summary>Gets how long an earlier good answer is given again.</summary>
    public TimeSpan Kept { get; init; }

    /// <summary>Gets how long NMI may be gone before the answer is bad.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>Gets how far what is read lags behind, where another process looks at NMI.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>Gets how long that process takes when NMI is silent.</summary>
    public TimeSpan SilentLag { get; init; }
}
