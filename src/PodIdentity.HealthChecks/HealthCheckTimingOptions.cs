namespace PodIdentity.HealthChecks;

/// <summary>The times that both checks have in common.</summary>
public abstract class HealthCheckTimingOptions
{
    private TimeSpan? _resultLifetime;
    private TimeSpan? _failureLifetime;

    private protected HealthCheckTimingOptions()
    {
    }

    /// <summary>
    /// Gets or sets how long one attempt waits for its answer. Finding out why there was none takes up to one second more: the check's own
    /// deadline is <see cref="AttemptTimeout"/> + 1 s. Set the probe's <c>timeoutSeconds</c>, and the registration's
    /// <c>timeout</c> if there is one, above that.
    /// </summary>
    /// <value>The default is 3 seconds (the IMDS team advises 2 to 5 s for a health check). Range: 100 ms to 5 minutes.</value>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Gets or sets how long a good verdict is reused: Healthy, or Degraded only because of
    /// <see cref="PodIdentityFailureReason.TokenExpiring"/> or <see cref="PodIdentityFailureReason.MetadataProxied"/>. Up to a fifth, and at most 15 s,
    /// is added at random to keep pods from asking in step.
    /// </summary>
    /// <value>
    /// The default is 10 seconds for the identity check: 110 pods on a node then make at most 11 requests a second, of the 20 that IMDS
    /// allows. Where Microsoft Entra ID is asked, it is 5 minutes unless you set it: each request there is a sign-in, which is counted and
    /// logged. It is 2 seconds for the NMI check: its requests cost next to nothing, and every probe sees NMI as it is.
    /// Range: zero (every call asks) to 1 hour.
    /// </value>
    public TimeSpan ResultLifetime { get => _resultLifetime ?? TimeSpan.FromSeconds(10); set => _resultLifetime = value; }

    /// <summary>Gets or sets how long any verdict that <see cref="ResultLifetime"/> does not cover is reused.</summary>
    /// <value>The default is 2 seconds; 15 seconds, unless you set it, where Microsoft Entra ID is asked. Range: zero (every call asks) to 1 hour.</value>
    public TimeSpan FailureLifetime { get => _failureLifetime ?? TimeSpan.FromSeconds(2); set => _failureLifetime = value; }

    /// <summary>Gets or sets how long after the last success a failure is reported as degraded instead of as the failure status.</summary>
    /// <value>The default is zero: a failure is reported at once. Range: zero to 24 hours.</value>
    public TimeSpan FailureGracePeriod { get; set; }

    /// <summary>Gets how long a check may take to find out why there was no answer.</summary>
    internal static TimeSpan DiagnosisTime { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets how long a check takes at most.</summary>
    internal TimeSpan Deadline => AttemptTimeout + DiagnosisTime;

    internal TimeSpan LifetimeOf(bool isGood, bool isOfEntra) => isGood
        ? _resultLifetime ?? (isOfEntra ? TimeSpan.FromMinutes(5) : ResultLifetime)
        : _failureLifetime ?? (isOfEntra ? TimeSpan.FromSeconds(15) : FailureLifetime);
}
