namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Why a request has no answer that could be read.</summary>
internal enum TransportFailure
{
    /// <summary>There is an answer.</summary>
    None,

    /// <summary>The connection was refused: nobody listens there.</summary>
    Refused,

    /// <summary>No connection: no route, no such name.</summary>
    Unreachable,

    /// <summary>No TLS: no certificate, one that nobody vouches for, or one for another name.</summary>
    Untrusted,

    /// <summary>The proxy on the way lets no connection through.</summary>
    NoTunnel,

    /// <summary>No answer, or only a part of one, before the deadline.</summary>
    TimedOut,

    /// <summary>The connection ended, amid a TLS handshake or later, or what came over it is not HTTP.</summary>
    Broken,

    /// <summary>The answer is longer than any honest one.</summary>
    TooLarge,

    /// <summary>The deadline came, and the credential may have sent nothing: it may wait for something else in the process.</summary>
    NotSent,

    /// <summary>The credential has not returned from an earlier attempt, although that was cancelled.</summary>
    StillRunning,

    /// <summary>Nothing was sent, since what the webhook of workload identity has set is wrong.</summary>
    Misconfigured,

    /// <summary>The credential failed by itself.</summary>
    Credential,

    /// <summary>There is no credential: what should make it failed.</summary>
    CredentialFactory,
}
