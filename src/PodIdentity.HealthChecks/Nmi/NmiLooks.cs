using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Nmi;

/// <summary>
/// Looks at NMI: its <c>/healthz</c>, and the request to the metadata address that only NMI answers, the fingerprint. Each has a deadline of
/// its own. Without NMI a fingerprint counts against IMDS's limit of 5 requests a second for the whole node, so it is sent only where it may
/// tell something.
/// </summary>
internal sealed class NmiLooks(HttpProbe http, Uri? healthEndpoint, Uri metadataAddress)
{
    /// <summary>How long the fingerprint may take, and <c>/healthz</c> where it explains a failure. A busy NMI takes 0.7 s.</summary>
    public static TimeSpan Timeout => HealthCheckTimingOptions.DiagnosisTime;

    /// <summary>
    /// Finds out why a token request failed. The fingerprint is for one that nobody answered, or a stranger: a metadata address that is silent
    /// is no IMDS which one request more would burden.
    /// </summary>
    public async Task<NmiLook> ExplainAsync(bool asksFingerprint, CancellationToken stopping)
    {
        var health = AskHealthAsync(Timeout, stopping);
        var fingerprint = asksFingerprint ? await AskFingerprintAsync(stopping).ConfigureAwait(false) : null;
        return new NmiLook(await health.ConfigureAwait(false), fingerprint);
    }

    /// <summary>Looks how NMI is, while no token is asked for. What <c>/healthz</c> answers tells whether to send the fingerprint.</summary>
    public async Task<NmiLook> LookAsync(TimeSpan healthTimeout, Func<PlainAnswer?, bool> asksFingerprint, CancellationToken stopping)
    {
        var health = await AskHealthAsync(healthTimeout, stopping).ConfigureAwait(false);
        return new NmiLook(health, asksFingerprint(health) ? await AskFingerprintAsync(stopping).ConfigureAwait(false) : null);
    }

    private async Task<PlainAnswer?> AskHealthAsync(TimeSpan timeout, CancellationToken stopping) =>
        healthEndpoint is null ? null : await http.GetAsync(healthEndpoint, timeout, stopping).ConfigureAwait(false);

    private async Task<PlainAnswer?> AskFingerprintAsync(CancellationToken stopping) =>
        await http.GetAsync(MetadataService.FingerprintOf(metadataAddress), Timeout, stopping).ConfigureAwait(false);
}
