namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What NMI's two free requests tell.</summary>
internal static class NmiSignals
{
    /// <summary>The beginning of what only NMI answers, with 400, to <c>GET /host/token</c> without headers.</summary>
    private const string FingerprintText = "missing 'podname' and 'podns'";

    public static bool SaysActive(this PlainAnswer health) => Says(health, "Active");

    public static bool SaysNotActive(this PlainAnswer health) => Says(health, "Not Active");

    public static bool IsNmi(this PlainAnswer fingerprint) =>
        fingerprint is { Failure: TransportFailure.None, Status: 400 }
        && fingerprint.Text?.StartsWith(FingerprintText, StringComparison.Ordinal) == true;

    /// <summary>Nothing came back that anybody could have said.</summary>
    public static bool IsSilent(this PlainAnswer answer) => answer.Failure is not (TransportFailure.None or TransportFailure.TooLarge);

    private static bool Says(PlainAnswer health, string words) =>
        health is { Failure: TransportFailure.None, Status: 200 } && string.Equals(health.Text, words, StringComparison.Ordinal);
}
