namespace PodIdentity.HealthChecks.Testing;

/// <summary>The state of the simulated NMI, as seen from a pod.</summary>
public enum NmiState
{
    /// <summary>The iptables rules are in place: the metadata address leads to NMI, and <c>/healthz</c> says <c>Active</c>.</summary>
    Active,

    /// <summary>NMI is running, but its rules are not in place yet: the metadata address leads to IMDS, and <c>/healthz</c> answers 200 <c>Not Active</c>.</summary>
    NotActive,

    /// <summary>After SIGTERM: the rules are gone, so new connections reach IMDS, but <c>/healthz</c> still says <c>Active</c>.
    /// The real NMI stays like this for 10 s, the simulated one until you switch it.</summary>
    Stopping,

    /// <summary>NMI is gone, and so are its rules: the metadata address leads to IMDS, and the probe port refuses connections.</summary>
    Stopped,

    /// <summary>NMI was killed, and its rules stayed: the metadata address and the probe port refuse connections.</summary>
    Killed,
}

/// <summary>NMI's mode of operation (its flag <c>--operation-mode</c>).</summary>
public enum NmiMode
{
    /// <summary>MIC, AAD Pod Identity's controller, assigns identities to nodes. If one is missing, NMI waits 80 s to 100 s for it, then says 404.</summary>
    Standard,

    /// <summary>Identities are assigned by hand. If one is missing, NMI says 404 at once.</summary>
    Managed,
}
