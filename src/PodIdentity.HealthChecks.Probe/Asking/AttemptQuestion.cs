using PodIdentity.HealthChecks.Checks;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>Asks what a check of the library asks.</summary>
internal sealed class AttemptQuestion(string subject, IAttempt attempt) : IQuestion
{
    public async Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping) =>
        [new Answer(subject, await attempt.RunAsync(stopping).ConfigureAwait(false))];
}
