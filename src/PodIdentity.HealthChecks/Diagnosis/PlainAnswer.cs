namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What a request that asks for no token was answered: NMI's <c>/healthz</c>, the fingerprint.</summary>
/// <param name="Endpoint">The address that was asked.</param>
/// <param name="Failure">Why there is no answer.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Server">The <c>Server</c> header.</param>
/// <param name="Text">The body, made safe to show.</param>
internal sealed record PlainAnswer(
    string Endpoint, TransportFailure Failure, int? Status = null, string? Server = null, string? Text = null);
