namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What a request that asks for no token was answered, in a body that is safe to show: NMI's <c>/healthz</c>, the fingerprint.</summary>
internal sealed record PlainAnswer(
    string Endpoint, TransportFailure Failure, int? Status = null, string? Server = null, string? Text = null)
{
    /// <summary>The beginning of what only NMI answers, with 400, to <c>GET /host/token</c> without headers.</summary>
    private const string FingerprintText = "missing 'podname' and 'podns'";

    public bool SaysActive() => Says("Active");

    public bool SaysNotActive() => Says("Not Active");

    public bool IsNmi() =>
        this is { Failure: TransportFailure.None, Status: 400 } && Text?.StartsWith(FingerprintText, StringComparison.Ordinal) == true;

    /// <summary>Nothing came back that anybody could have said.</summary>
    public bool IsSilent() => Failure is not (TransportFailure.None or TransportFailure.TooLarge);

    private bool Says(string words) =>
        this is { Failure: TransportFailure.None, Status: 200 } && string.Equals(Text, words, StringComparison.Ordinal);
}

/// <summary>What a look at NMI brought: its <c>/healthz</c> and <c>/host/token</c> at the metadata address, each where it was asked.</summary>
internal readonly record struct NmiLook(PlainAnswer? Health, PlainAnswer? Fingerprint);
