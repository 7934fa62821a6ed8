namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What token services say in words of their own, found in a text before it is made fit to show.</summary>
internal enum KnownAnswer
{
    None,
    NotOnNode,
    NoAssignedIdentity,
    NoIdentityFound,
    NoIdentityInNamespace,
    PodUnknown,
    SeveralPods,
    SeveralIdentities,
    NoClientId,
    IdentityNotFound,
    ImdsUnreachable,
    NoTokenFromImds,
}

internal static class KnownAnswers
{
    /// <summary>NMI's are those of 1.8.17; the first that a text holds counts.</summary>
    private static readonly (string Text, KnownAnswer Known)[] All =
    [
        ("in ASSIGNED state failed", KnownAnswer.NotOnNode),
        ("in CREATED state failed", KnownAnswer.NoAssignedIdentity),
        ("no azure identity found", KnownAnswer.NoIdentityFound),
        ("index out of range [0]", KnownAnswer.NoIdentityInNamespace),
        ("pod list is empty", KnownAnswer.PodUnknown),
        ("matching pods:", KnownAnswer.SeveralPods),
        ("Multiple user assigned identities", KnownAnswer.SeveralIdentities),
        ("AZURE_CLIENT_ID environment variable must be set", KnownAnswer.NoClientId),
        ("Identity not found", KnownAnswer.IdentityNotFound),
        ("Failed to execute the refresh request", KnownAnswer.ImdsUnreachable),
        ("Empty service principal token", KnownAnswer.NoTokenFromImds),
        ("Failed to unmarshal the service principal token", KnownAnswer.NoTokenFromImds),
    ];

    /// <summary>Whether nobody but NMI says so.</summary>
    public static bool IsOfNmi(KnownAnswer known) =>
        known is not (KnownAnswer.None or KnownAnswer.SeveralIdentities or KnownAnswer.NoClientId or KnownAnswer.IdentityNotFound);

    public static KnownAnswer Find(string? text) =>
        Array.Find(All, a => text?.Contains(a.Text, StringComparison.OrdinalIgnoreCase) == true).Known;
}
