namespace PodIdentity.HealthChecks;

/// <summary>The metrics of the checks.</summary>
public static class PodIdentityMetrics
{
    /// <summary>The name of the meter: pass it to OpenTelemetry's <c>AddMeter()</c>. The package's README lists its instruments.</summary>
    public const string MeterName = "PodIdentity.HealthChecks";
}
