using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks;

/// <summary>Options of <c>AddStartupGate()</c>, validated when the host starts.</summary>
/// <remarks>
/// They are named after the gate's tag, <c>startup</c> by default (for a second gate with the same tag, <c>startup-2</c>, and so on):
/// <c>services.Configure&lt;StartupGateOptions&gt;(…)</c> without that name does not reach them.
/// </remarks>
public sealed class StartupGateOptions
{
    /// <summary>Gets or sets which checks must pass. It must select at least one.</summary>
    /// <value>The default is <see langword="null"/>: the checks that have the gate's tag.</value>
    public Func<HealthCheckRegistration, bool>? Predicate { get; set; }

    /// <summary>Gets or sets how long the gate waits in all. After that, the host fails to start.</summary>
    /// <value>
    /// The default is 150 seconds: NMI waits 80 s for a missing binding and 112 s for IMDS before it says why there is no token, and a
    /// request from the identity check waits up to 123 s for that. Range: 1 second to 1 hour.
    /// </value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(150);

    /// <summary>
    /// Gets or sets the pause before the second try. Each further pause is twice as long, up to <see cref="MaximumInterval"/>. The last try
    /// begins one <see cref="Interval"/> before the time is up.
    /// </summary>
    /// <value>The default is 1 second. Range: 100 ms to 1 minute, and less than <see cref="Timeout"/>.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the longest pause between two tries.</summary>
    /// <value>The default is 10 seconds. Range: <see cref="Interval"/> to 5 minutes.</value>
    public TimeSpan MaximumInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gets or sets the name of the configuration key or environment variable that switches the gate off without a rebuild. <c>true</c>
    /// or <c>1</c> switches it off; <c>false</c>, <c>0</c> or no value leaves it on. With any other value, the host does not start.
    /// </summary>
    /// <value>The default is <c>PODIDENTITY_STARTUP_GATE_DISABLED</c>.</value>
    public string DisableVariable { get; set; } = "PODIDENTITY_STARTUP_GATE_DISABLED";

    /// <summary>Gets or sets whether the host may start while a check is <see cref="HealthStatus.Degraded"/>.</summary>
    /// <value>The default is <see langword="true"/>: a token that expires soon, or an IMDS that throttles, does not hold the host.</value>
    public bool AcceptDegraded { get; set; } = true;
}
