namespace PodIdentity.HealthChecks.Tokens;

/// <summary>The public way to make a credential skip its cache.</summary>
internal static class ClaimsChallenge
{
    /// <summary>
    /// A challenge that every new token meets: not issued before 2020-09-13. IMDS and NMI never see it; Entra does, so that it must be
    /// well formed.
    /// </summary>
    public const string ForceRoundTrip = """{"access_token":{"nbf":{"essential":true,"value":"1600000000"}}}""";
}
