using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>One try to find out: from the first request to the verdict. It ends in bounded time by itself.</summary>
internal interface IAttempt : IDisposable
{
    Task<Verdict> RunAsync(CancellationToken stopping);
}
