using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Nmi;

/// <summary>The two requests that tell how NMI is, and that cost it nothing.</summary>
internal sealed class NmiProbes(PlainRequest request, Uri? healthEndpoint, Uri metadataAddress)
{
    /// <summary>Asks NMI's <c>/healthz</c>, where it is known where that is.</summary>
    public async Task<PlainAnswer?> AskHealthAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        healthEndpoint is null ? null : await request.GetAsync(healthEndpoint, timeout, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Asks the metadata address who serves it. While NMI lives it answers this itself; without NMI the request counts against IMDS's
    /// limit of 5 a second for the whole node, so that <c>/healthz</c> is to be asked first.
    /// </summary>
    public Task<PlainAnswer> AskFingerprintAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        request.GetAsync(MetadataService.FingerprintOf(metadataAddress), timeout, cancellationToken);
}
