namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>How bad a verdict is; what a failure is called is the registration's to say.</summary>
internal enum Severity
{
    Healthy,
    Degraded,
    Failing,
}
