namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What an observation means: the broken part, what happened in a sentence, and what to do about it.</summary>
/// <param name="Reason">The broken part; <see langword="null"/> when nothing is broken.</param>
/// <param name="What">What happened, and where.</param>
/// <param name="Hint">What to do.</param>
/// <param name="Weight">How much it matters, where there is a reason.</param>
internal sealed record Finding(PodIdentityFailureReason? Reason, string What, string? Hint = null, Weight Weight = Weight.Failure);
