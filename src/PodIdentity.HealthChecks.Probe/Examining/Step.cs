using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Probe.Examining;

/// <summary>What came of a step.</summary>
internal enum Outcome { Ok, Failed, Skipped }

/// <summary>A step on the way to a token.</summary>
/// <param name="Name">Which one.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Seen">What was seen.</param>
/// <param name="Elapsed">How long that took, where something was asked.</param>
internal sealed record Step(string Name, Outcome Outcome, string Seen, TimeSpan? Elapsed = null)
{
    public PodIdentityFailureReason? Reason { get; init; }

    /// <summary>What to do about it, in a sentence.</summary>
    public string? Hint { get; init; }

    public static Step Ok(string name, string seen, TimeSpan? elapsed = null) => new(name, Outcome.Ok, seen, elapsed);

    public static Step Skipped(string name, string why) => new(name, Outcome.Skipped, why);

    /// <summary>A step that the library has a finding for; without a reason, nothing is wrong.</summary>
    public static Step Of(string name, Finding finding, string? seen = null, TimeSpan? elapsed = null) =>
        new(name, finding.Reason is null ? Outcome.Ok : Outcome.Failed, seen ?? finding.What, elapsed)
        {
            Reason = finding.Reason,
            Hint = finding.Hint is null ? null : $"{finding.Hint}.",
        };
}
