namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>How bad a finding is, given what was found before.</summary>
internal static class Judgement
{
    public static Severity Of(Finding finding, History before, DateTimeOffset now, TimeSpan grace) => finding switch
    {
        { Reason: null } => Severity.Healthy,
        { Weight: Weight.Warning } => Severity.Degraded,
        { Weight: Weight.Excusable } when before.HasValidToken(now) => Severity.Degraded,
        _ when before.LastSuccess is { } last && now - last < grace => Severity.Degraded,
        _ => Severity.Failing,
    };
}
