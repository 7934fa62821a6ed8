using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>What came of asking once.</summary>
/// <param name="Subject">What was asked: <c>token</c> or <c>nmi</c>.</param>
/// <param name="Verdict">What is to be said about it.</param>
internal sealed record Answer(string Subject, Verdict Verdict)
{
    /// <summary>A warning is no failure.</summary>
    public bool IsFailing => Verdict.Status is HealthStatus.Unhealthy;

    public int ExitCode => IsFailing ? Probe.ExitCode.Of(Verdict.Reason) : Probe.ExitCode.Healthy;
}
