using PodIdentity.HealthChecks.Checks;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>Is NMI active, and does it intercept?</summary>
internal sealed class NmiQuestion(NmiHealthCheckOptions options, TimeProvider time) : IQuestion, IDisposable
{
    private readonly NmiAttempt _attempt = new(options, time);

    public async Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping) =>
        [new Answer("nmi", await _attempt.RunAsync(stopping).ConfigureAwait(false))];

    public void Dispose() => _attempt.Dispose();
}
