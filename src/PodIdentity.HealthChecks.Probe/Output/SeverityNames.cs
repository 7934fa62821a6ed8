using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Severities by the names that health checks give them.</summary>
internal static class SeverityNames
{
    public static string Name(this Severity severity) => severity switch
    {
        Severity.Healthy => "Healthy",
        Severity.Degraded => "Degraded",
        _ => "Unhealthy",
    };

    public static Severity? Parse(string name) => name switch
    {
        "Healthy" => Severity.Healthy,
        "Degraded" => Severity.Degraded,
        "Unhealthy" => Severity.Failing,
        _ => null,
    };
}
