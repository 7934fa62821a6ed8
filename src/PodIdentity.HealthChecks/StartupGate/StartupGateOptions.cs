using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks;

/// <summary>Options of a gate that <c>AddStartupGate()</c> adds. They are validated when the host starts, before anything is waited for.</summary>
/// <remarks>
/// They are named after the gate's tag, <c>startup</c> by default (another gate with the same tag: <c>startup-2</c> and so on):
/// <c>services.Configure&lt;StartupGateOptions&gt;(…)</c> without that name does not reach them.
/// </remarks>
public sealed class StartupGateOptions
{
    /// <summary>Gets or sets which checks must pass before the host starts. It must select at least one.</summary>
    /// <value>The default is <see langword="null"/>: the checks that have the gate's tag.</value>
    public Func<HealthCheckRegistration, bool>? Predicate { get; set; }

    /// <summary>Gets or sets how long the gate waits for its checks, with all tries and pauses. After that the host fails to start.</summary>
    /// <value>
    /// The default is 150 seconds: NMI waits 80 s for a binding that has yet to arrive and 112 s for an IMDS in trouble before it says which
    /// of the two it is, and one request of the identity check waits up to 123 s for that. Range: 1 second to 1 hour.
    /// </value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(150);

    /// <summary>
    /// Gets or sets the pause before the second try. Each further pause is twice as long, up to <see cref="MaximumInterval"/>; the last try
    /// begins this long before the time is up.
    /// </summary>
    /// <value>The default is 1 second. Range: 100 ms to 1 minute, and less than <see cref="Timeout"/>.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the longest pause between two tries.</summary>
    /// <value>The default is 10 seconds. Range: <see cref="Interval"/> to 5 minutes.</value>
    public TimeSpan MaximumInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gets or sets the name of the configuration key or environment variable that switches the gate off without a rebuild: <c>true</c> or
    /// <c>1</c> does; <c>false</c>, <c>0</c> or nothing does not.
    /// </summary>
    /// <value>The default is <c>PODIDENTITY_STARTUP_GATE_DISABLED</c>. Any other value of the variable is refused when the host starts.</value>
    public string DisableVariable { get; set; } = "PODIDENTITY_STARTUP_GATE_DISABLED";

    /// <summary>Gets or sets whether a check that is <see cref="HealthStatus.Degraded"/> lets the host start.</summary>
    /// <value>The default is <see langword="true"/>: a token that expires soon, or a throttled IMDS, is no reason to stay down.</value>
    public bool AcceptDegraded { get; set; } = true;
}
