using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>
/// What an observation means: the broken part, if any, what happened in a sentence, and what to do about it. A warning: the pod works, and
/// something needs attention. Unconfirmed: a refusal that may be gone at the next request.
/// </summary>
internal sealed record Finding(PodIdentityFailureReason? Reason, string What, string? Hint = null, bool IsWarning = false, bool IsUnconfirmed = false)
{
    /// <summary>Whether a token was issued for the right identity, whatever needs attention.</summary>
    public bool HasToken => Reason is null || IsWarning;

    /// <summary>Trouble with the token service says nothing about the identity: a pod with a valid token works.</summary>
    public bool IsServiceTrouble => Reason is Throttled or TokenServiceUpdating or TokenServiceError or TimedOut or IdentityPending;

    /// <summary>Trouble with the way to NMI, which NMI itself or its absence tells.</summary>
    public bool IsNmiTrouble => Reason is NmiUnreachable or NmiNotActive or NotIntercepted;

    /// <summary>Whether it says something definite about the identity or the interception, so an earlier token proves nothing any more.</summary>
    public bool RefutesToken => !HasToken && !IsServiceTrouble && !IsUnconfirmed && Reason is not (InvalidResponse or CredentialFailed);
}
