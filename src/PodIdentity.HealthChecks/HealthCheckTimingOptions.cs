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
    /// Gets or sets how long one attempt waits for its answer. Finding out why there was none takes up to 1 s more: set the probe's
    /// <c>timeoutSeconds</c>, and the registration's <c>timeout</c> if there is one, above <see cref="AttemptTimeout"/> + 1 s.
    /// </summary>
    /// <value>The default is 3 seconds (the IMDS team advises 2 to 5 s for a health check). Range: 100 ms to 5 minutes.</value>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Gets or sets how long a good verdict is reused: Healthy, or Degraded only because of
    /// <see cref="PodIdentityFailureReason.TokenExpiring"/> or <see cref="PodIdentityFailureReason.MetadataProxied"/>. A random extra of up to a
    /// fifth, and at most 15 s, keeps pods from asking in step.
    /// </summary>
    /// <value>
    /// The default is 10 seconds for the identity check: 110 pods on a node then make at most 11 of the 20 requests a second that IMDS allows.
    /// It is 5 minutes if Microsoft Entra ID is asked, where each request is a sign-in, and 2 seconds for the NMI check.
    /// Range: zero (every call asks) to 1 hour.
    /// </value>
    public TimeSpan ResultLifetime { get => _resultLifetime ?? TimeSpan.FromSeconds(10); set => _resultLifetime = value; }

    /// <summary>Gets or sets how long any verdict that <see cref="ResultLifetime"/> does not cover is reused.</summary>
    /// <value>The default is 2 seconds, or 15 seconds if Microsoft Entra ID is asked. Range: zero (every call asks) to 1 hour.</value>
    public TimeSpan FailureLifetime { get => _failureLifetime ?? TimeSpan.FromSeconds(2); set => _failureLifetime = value; }

    /// <summary>Gets or sets for how long after the last success a failure is only Degraded.</summary>
    /// <value>The default is zero: a failure counts at once. Range: zero to 24 hours.</value>
    public TimeSpan FailureGracePeriod { get; set; }

    /// <summary>Gets how long a check may take to find out why there was no answer.</summary>
    internal static TimeSpan DiagnosisTime { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets how long a check takes at most.</summary>
    internal TimeSpan Deadline => AttemptTimeout + DiagnosisTime;

    internal TimeSpan LifetimeOf(bool isGood, bool isOfEntra) => isGood
        ? _resultLifetime ?? (isOfEntra ? TimeSpan.FromMinutes(5) : ResultLifetime)
        : _failureLifetime ?? (isOfEntra ? TimeSpan.FromSeconds(15) : FailureLifetime);
}
