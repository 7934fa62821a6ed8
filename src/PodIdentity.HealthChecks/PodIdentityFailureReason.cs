namespace PodIdentity.HealthChecks;

/// <summary>
/// Why a check is not healthy: the part of the chain that is broken. The names are stable, so you can alert on them; you find them in
/// <see cref="PodIdentityDataKeys.Reason"/>.
/// </summary>
public enum PodIdentityFailureReason
{
    /// <summary>NMI cannot be reached: its probe port, or the metadata address that it intercepts, refuses or swallows connections.</summary>
    NmiUnreachable = 1,

    /// <summary>NMI is running, but says that its iptables rules are not in place yet: token requests do not reach it.</summary>
    NmiNotActive = 2,

    /// <summary>Requests to the metadata address are not answered by NMI (or by the responder that was required).</summary>
    NotIntercepted = 3,

    /// <summary>NMI is alive and knows no identity for this pod, or not the one that was asked for.</summary>
    IdentityNotBound = 4,

    /// <summary>NMI is alive and still waiting: the identity may yet be assigned to the node, or the token service behind NMI hangs.</summary>
    IdentityPending = 5,

    /// <summary>The identity was deleted, or is not assigned to the node.</summary>
    IdentityNotFound = 6,

    /// <summary>The request named no identity, and the node has several (NMI is probably bypassed), or the workload identity proxy was not told which one to use.</summary>
    IdentityAmbiguous = 7,

    /// <summary>A token was issued for an identity other than the expected one.</summary>
    IdentityMismatch = 8,

    /// <summary>Two requests in a row were answered for two different identities.</summary>
    IdentityUnstable = 9,

    /// <summary>The token service answered 429: too many token requests.</summary>
    Throttled = 10,

    /// <summary>The Instance Metadata Service is being updated (404 or 410).</summary>
    TokenServiceUpdating = 11,

    /// <summary>The token service failed (5xx), or cannot be reached.</summary>
    TokenServiceError = 12,

    /// <summary>Microsoft Entra ID (<c>AADSTS…</c>) or the metadata service (4xx) refused to issue a token.</summary>
    TokenRejected = 13,

    /// <summary>The federated token file of workload identity is missing, unreadable, malformed or expired.</summary>
    FederatedTokenUnusable = 14,

    /// <summary>The answer is not one that a token service gives: it has no token, is not JSON, is too large, or is a redirect. Or what answers on NMI's health port is not NMI.</summary>
    InvalidResponse = 15,

    /// <summary>No answer came before the attempt's deadline, and nothing else was found to be broken.</summary>
    TimedOut = 16,

    /// <summary>The token expires too soon, or has expired.</summary>
    TokenExpiring = 17,

    /// <summary>The credential failed before it had any answer from a token service, or there is no credential: its factory failed, or a variable that workload identity's webhook sets in the pod is wrong.</summary>
    CredentialFailed = 18,

    /// <summary>Workload identity is required or partly set up, but the pod lacks variables that the webhook sets.</summary>
    WorkloadIdentityNotInjected = 19,

    /// <summary>
    /// A warning: the check, which uses no proxy for the metadata address, got a token, but the pod's variables (<c>HTTP_PROXY</c>) send an
    /// application's requests for that address through a proxy.
    /// </summary>
    MetadataProxied = 20,
}
