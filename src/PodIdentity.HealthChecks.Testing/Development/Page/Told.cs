using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>What a lane says: whether the pod is fit to serve, why, and what to do about it or how one knows.</summary>
internal sealed record Told(HealthStatus Status, string? Reason = null, string? Hint = null)
{
    /// <summary>Gets whether the kubelet would see a success: a degraded check answers 200, too.</summary>
    public bool Passes => Status is not HealthStatus.Unhealthy;

    public static Told Pass(string? hint = null) => new(HealthStatus.Healthy, Hint: hint);

    public static Told Fail(string reason, string? hint = null) => new(HealthStatus.Unhealthy, reason, hint);
}
