using PodIdentity.HealthChecks.Probe.Asking;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>What a round of a watch found, and what is left of the rounds before it. Times are timestamps, since the wall clock may be set.</summary>
/// <param name="Answers">What was found.</param>
/// <param name="At">When.</param>
/// <param name="FailingSince">When the first of the rounds was that have failed without a break.</param>
/// <param name="HasSucceeded">Whether this or any round before it did not fail.</param>
internal sealed record Round(IReadOnlyList<Answer> Answers, long At, long? FailingSince, bool HasSucceeded)
{
    public static Round After(Round? before, IReadOnlyList<Answer> answers, TimeProvider time)
    {
        var now = time.GetTimestamp();
        var isFailing = answers.Any(a => a.IsFailing);
        return new Round(answers, now, isFailing ? before?.FailingSince ?? now : null, !isFailing || before?.HasSucceeded is true);
    }
}
