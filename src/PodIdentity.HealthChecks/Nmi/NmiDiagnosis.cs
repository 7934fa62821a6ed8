using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Nmi;

/// <summary>Finds out how NMI is when a token request has failed, within a second, and with as few requests as that takes.</summary>
internal sealed class NmiDiagnosis(NmiProbes probes)
{
    /// <summary>For each of the two questions.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(0.5);

    /// <summary>For both.</summary>
    public static TimeSpan LongestWait => 2 * Timeout;

    /// <summary>
    /// Adds to what was seen. <c>/healthz</c> is asked first, where it is known; the fingerprint only when that is not conclusive, since
    /// without NMI it counts against IMDS's limit.
    /// </summary>
    public async Task<Observation> ExplainAsync(Observation seen, CancellationToken stopping)
    {
        seen = seen with { Health = await probes.AskHealthAsync(Timeout, stopping).ConfigureAwait(false) };
        var isSilent = seen.Token is { Failure: not (TransportFailure.None or TransportFailure.TooLarge) };
        return (isSilent || seen.IsQuiet) && (seen.Health is null || seen.Health.SaysActive())
            ? seen with { Fingerprint = await probes.AskFingerprintAsync(Timeout, stopping).ConfigureAwait(false) }
            : seen;
    }
}
