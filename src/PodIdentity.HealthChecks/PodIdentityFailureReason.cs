namespace PodIdentity.HealthChecks;

/// <summary>
/// Which part of the chain is broken. A result holds the name under <see cref="PodIdentityDataKeys.Reason"/>. The names are stable, so you
/// can alert on them.
/// </summary>
public enum PodIdentityFailureReason
{
    /// <summary>NMI's probe port, or the metadata address that it intercepts, refuses or swallows connections.</summary>
    NmiUnreachable = 1,

    /// <summary>NMI is running, but its iptables rules are not in place yet: token requests do not reach it.</summary>
    NmiNotActive = 2,

    /// <summary>Something other than NMI, or other than the required responder, answers.</summary>
    NotIntercepted = 3,

    /// <summary>NMI is alive, but knows no identity for this pod, or not the requested one.</summary>
    IdentityNotBound = 4,

    /// <summary>NMI is alive, but still waiting for the identity to be assigned to the node, or for IMDS.</summary>
    IdentityPending = 5,

    /// <summary>The identity was deleted, or is not assigned to the node.</summary>
    IdentityNotFound = 6,

    /// <summary>The request named no identity, and the node has several (NMI is probably bypassed), or the workload identity proxy was not told which one to use.</summary>
    IdentityAmbiguous = 7,

    /// <summary>A token was issued for an identity other than the expected one.</summary>
    IdentityMismatch = 8,

    /// <summary>Two requests in a row were answered with tokens for two different identities.</summary>
    IdentityUnstable = 9,

    /// <summary>The token service answered 429: too many token requests.</summary>
    Throttled = 10,

    /// <summary>The Instance Metadata Service is being updated (404 or 410).</summary>
    TokenServiceUpdating = 11,

    /// <summary>The token service failed (5xx) or cannot be reached, or something else answers in place of Microsoft Entra ID.</summary>
    TokenServiceError = 12,

    /// <summary>Microsoft Entra ID (<c>AADSTS…</c>) or the metadata service (4xx) refused to issue a token.</summary>
    TokenRejected = 13,

    /// <summary>The federated token file of workload identity is missing, unreadable, malformed or expired.</summary>
    FederatedTokenUnusable = 14,

    /// <summary>The answer is not one that NMI or IMDS gives (no token, not JSON, too large, a redirect), or what answers on NMI's health port is not NMI.</summary>
    InvalidResponse = 15,

    /// <summary>No answer came before the attempt's deadline, and nothing else was found to be broken.</summary>
    TimedOut = 16,

    /// <summary>The token expires too soon, or has expired.</summary>
    TokenExpiring = 17,

    /// <summary>The credential failed before a token service answered, or there is no credential: its factory failed, or a variable of workload identity's webhook is wrong.</summary>
    CredentialFailed = 18,

    /// <summary>Workload identity is required or partly set up, but the pod lacks variables that the webhook sets.</summary>
    WorkloadIdentityNotInjected = 19,

    /// <summary>
    /// A warning: the check got a token from the metadata address without a proxy, but <c>HTTP_PROXY</c> or <c>ALL_PROXY</c> sends the
    /// application's requests through one.
    /// </summary>
    MetadataProxied = 20,
}
