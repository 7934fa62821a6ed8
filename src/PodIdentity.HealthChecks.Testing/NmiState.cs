namespace PodIdentity.HealthChecks.Testing;

/// <summary>Where the simulated NMI is in its life, as seen from a pod.</summary>
public enum NmiState
{
    /// <summary>The iptables rules are in place: the metadata address is NMI, and <c>/healthz</c> says <c>Active</c>.</summary>
    Active,

    /// <summary>NMI is running, but its rules are not in place yet: the metadata address is IMDS, and <c>/healthz</c> says <c>Not Active</c> (with status 200).</summary>
    NotActive,

    /// <summary>After SIGTERM: the rules are gone, so new connections reach IMDS, while <c>/healthz</c> still says <c>Active</c>.
    /// The real NMI stays like this for 10 s; the simulated one until it is switched.</summary>
    Stopping,

    /// <summary>NMI has ended and taken its rules with it: the metadata address is IMDS, the probe port refuses connections.</summary>
    Stopped,

    /// <summary>NMI was killed and its rules stayed: the metadata address and the probe port both refuse connections.</summary>
    Killed,
}

/// <summary>NMI's mode of operation (its flag <c>--operation-mode</c>).</summary>
public enum NmiMode
{
    /// <summary>MIC assigns identities to nodes; NMI waits 80 s to 100 s for that before it says 404.</summary>
    Standard,

    /// <summary>Identities are assigned by hand; NMI says 404 at once.</summary>
    Managed,
}
