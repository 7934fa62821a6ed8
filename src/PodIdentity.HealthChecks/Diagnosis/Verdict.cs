using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What is reported of an attempt: what happened in a sentence, what to do about it in another, and the facts.</summary>
internal sealed record Verdict(
    HealthStatus Status, PodIdentityFailureReason? Reason, string What, string? Hint, IReadOnlyDictionary<string, object> Data)
{
    public string Description => Hint is null ? What : $"{What} {Hint}";

    public TimeSpan Elapsed { get; private init; }

    public PodIdentityResponder Responder { get; private init; }

    /// <summary>When the token of the attempt expires; or, where it got no good one, the last that still counts.</summary>
    public DateTimeOffset? TokenExpiresOn { get; private init; }

    /// <summary>Whether an attempt of its own found it, and not an earlier one whose answer still stands.</summary>
    public bool IsFresh { get; private init; }

    /// <summary>Whether a token was issued and accepted, whatever needs attention.</summary>
    public bool HasToken { get; private init; }

    /// <summary>Whether Microsoft Entra ID was asked, where each request is a sign-in.</summary>
    public bool IsOfEntra { get; private init; }

    /// <summary>When the answer asks to come again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Verdict Of(
        Observation seen, Finding finding, HealthStatus status, TimeSpan elapsed, bool isFresh = true, DateTimeOffset? lastExpiresOn = null) => new(
        status,
        finding.Reason,
        $"{finding.What}.",
        finding.Hint is null ? null : $"{finding.Hint}.",
        DataOf(seen, finding, elapsed))
        {
            Elapsed = elapsed,
            Responder = seen.Token?.Responder ?? PodIdentityResponder.Unknown,
            TokenExpiresOn = finding.HasToken || finding.Reason is PodIdentityFailureReason.TokenExpiring ? seen.Token?.Token?.ExpiresOn : lastExpiresOn,
            IsFresh = isFresh,
            HasToken = finding.HasToken,
            IsOfEntra = seen.Mode is PodMode.WorkloadIdentity or PodMode.IdentityBinding,
            RetryAfter = seen.Token?.RetryAfter,
        };

    /// <summary>No exception goes along: its text may hold anything, and everything that is known of it is in the description.</summary>
    public HealthCheckResult ToResult(HealthStatus failureStatus) => new(StatusFor(failureStatus), Description, exception: null, Data);

    private HealthStatus StatusFor(HealthStatus failureStatus) => Status switch
    {
        HealthStatus.Healthy => HealthStatus.Healthy,
        // A registration whose failures are called healthy does not get worse by an excuse.
        HealthStatus.Degraded => failureStatus is HealthStatus.Healthy ? HealthStatus.Healthy : HealthStatus.Degraded,
        _ => failureStatus,
    };

    /// <summary>The facts for machines, by the keys of <see cref="PodIdentityDataKeys"/>.</summary>
    private static Dictionary<string, object> DataOf(Observation seen, Finding finding, TimeSpan elapsed)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal) { [PodIdentityDataKeys.Elapsed] = elapsed };
        Add(data, PodIdentityDataKeys.Reason, finding.Reason?.ToString());
        Add(data, PodIdentityDataKeys.Hint, finding.Hint);
        Add(data, PodIdentityDataKeys.Mode, seen.Mode.ToString());
        Add(data, PodIdentityDataKeys.Resource, seen.Resource);
        Add(data, PodIdentityDataKeys.Endpoint, seen.Token?.Endpoint ?? seen.Health?.Endpoint);
        Add(data, PodIdentityDataKeys.HttpStatus, seen.Token is { } exchange ? exchange.Status : seen.Health?.Status);
        Add(data, PodIdentityDataKeys.Responder, seen.Token is { Responder: not PodIdentityResponder.Unknown } named ? named.Responder.ToString() : null);
        Add(data, PodIdentityDataKeys.NmiHealth, seen.Health is { } health ? Phrases.For(health) : null);
        if (seen.Token?.Token is { } token)
        {
            Add(data, PodIdentityDataKeys.IssuedAt, token.IssuedAt);
            Add(data, PodIdentityDataKeys.ExpiresOn, token.ExpiresOn);
            Add(data, PodIdentityDataKeys.RemainingLifetime, token.ExpiresOn - seen.At);
            Add(data, PodIdentityDataKeys.ClientId, token.Identity.ClientId);
            Add(data, PodIdentityDataKeys.ObjectId, token.Identity.ObjectId);
            Add(data, PodIdentityDataKeys.TenantId, token.Identity.TenantId);
            Add(data, PodIdentityDataKeys.ResourceId, token.Identity.ResourceId);
        }

        return data;
    }

    private static void Add(Dictionary<string, object> data, string key, object? value)
    {
        if (value is not null)
        {
            data[key] = value;
        }
    }
}
