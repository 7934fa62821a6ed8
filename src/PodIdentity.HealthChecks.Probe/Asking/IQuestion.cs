namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>Something that can be asked again and again. It ends in bounded time by itself.</summary>
internal interface IQuestion
{
    /// <exception cref="OperationCanceledException"><paramref name="stopping"/> was cancelled.</exception>
    Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping);
}
