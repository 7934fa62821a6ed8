namespace PodIdentity.HealthChecks.Testing.Development;

/* What the switches call the states that the simulator has no enumeration for. The first value of each is in order. */

/// <summary>The identities that the pod is supposed to have.</summary>
internal enum IdentityState
{
    Bound,
    Created,
    Unbound,
    Deleted,
}

/// <summary>What NMI takes the pod for.</summary>
internal enum PodState
{
    Known,
    Unknown,
    Excepted,
}

/// <summary>The flags of NMI that change its answers.</summary>
internal enum NmiFlag
{
    None,
    SetRetryAfterHeader,
    BlockInstanceMetadata,
}

/// <summary>The published limits of IMDS.</summary>
internal enum LimitState
{
    Off,
    On,
}

/// <summary>How fast IMDS is.</summary>
internal enum LatencyState
{
    None,
    Slow,
}

/// <summary>How long tokens issued from now on are valid.</summary>
internal enum TokenState
{
    Full,
    Short,
    Expired,
}

/// <summary>The node's own identity, which IMDS gives to whoever names none.</summary>
internal enum NodeIdentityState
{
    Present,
    Absent,
}

/// <summary>Whether the webhook of workload identity found the pod.</summary>
internal enum WebhookState
{
    Injected,
    Missed,
}

/// <summary>The federated credential of the pod's identity.</summary>
internal enum FederationState
{
    Present,
    Deleted,
}

/// <summary>The proxy sidecar of azure-workload-identity.</summary>
internal enum ProxyState
{
    Off,
    On,
    Refused,
}
