using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What earlier attempts of the same registration found.</summary>
internal sealed record History
{
    public static History Empty { get; } = new();

    /// <summary>When the last success was, as a timestamp.</summary>
    public long? LastSuccess { get; init; }

    /// <summary>The last token that passed verification: when it expires, and until when it excuses trouble of the token service.</summary>
    public (DateTimeOffset ExpiresOn, DateTimeOffset ExcusesUntil)? Token { get; init; }

    public IdentityHistory Identities { get; init; } = IdentityHistory.Empty;

    public RefusalHistory Refusals { get; init; } = RefusalHistory.Empty;

    /// <summary>How bad a finding is, after what was found before. During the grace a failure is only a degradation.</summary>
    public HealthStatus StatusOf(Finding finding, DateTimeOffset now, TimeSpan grace, TimeProvider time) => finding switch
    {
        { IsWarning: true } => HealthStatus.Degraded,
        { Reason: null } => HealthStatus.Healthy,
        { IsServiceTrouble: true } or { IsUnconfirmed: true } when now < Token?.ExcusesUntil => HealthStatus.Degraded,
        _ when LastSuccess is { } last && time.GetElapsedTime(last) < grace => HealthStatus.Degraded,
        _ => HealthStatus.Unhealthy,
    };

    public History After(Observation seen, Finding finding, TimeProvider time) => new()
    {
        LastSuccess = finding.HasToken ? time.GetTimestamp() : LastSuccess,
        Token = finding.RefutesToken ? null : finding.HasToken && seen.Token?.Token is { } token ? Remember(token, seen) : Token,
        Identities = IdentitiesAfter(seen, finding, time),
        Refusals = seen.Refusals,
    };

    /// <summary>A wrong identity from NMI counts beside a right one; alone, it is a wrong binding, which may be put right at any moment.</summary>
    private IdentityHistory IdentitiesAfter(Observation seen, Finding finding, TimeProvider time) => finding.Reason switch
    {
        _ when finding.HasToken => seen.Identities,
        PodIdentityFailureReason.IdentityUnstable or PodIdentityFailureReason.TokenExpiring => seen.Identities,
        PodIdentityFailureReason.IdentityMismatch when seen.Token is { Responder: PodIdentityResponder.Nmi } =>
            seen.Identities.Other is null ? IdentityHistory.Empty : seen.Identities,
        _ => Identities.Interrupt(time.GetTimestamp()),
    };

    /// <summary>A token excuses for as long as it is valid beyond the minimum; one that was issued with less, for as long as it is valid.</summary>
    private static (DateTimeOffset, DateTimeOffset)? Remember(TokenFacts token, Observation seen) =>
        token.ExpiresOn is not { } expiry ? null
        : (expiry, expiry - seen.At > seen.MinimumTokenLifetime ? expiry - seen.MinimumTokenLifetime : expiry);
}

/// <summary>Whether tokens come for one identity, or now for one and now for another: NMI picks one at random where a pod is bound to several.</summary>
internal sealed record IdentityHistory
{
    private const int SettledAfterTokens = 10;
    private static readonly TimeSpan SettledAfter = TimeSpan.FromMinutes(5);

    /// <summary>Two tokens of two identities are for the same one half of the time, and five in a row once in 16 times.</summary>
    private const int MinTokens = 5;

    public static IdentityHistory Empty { get; } = new();

    /// <summary>Another identity that tokens came for lately; <see langword="null"/> when there is only one.</summary>
    public TokenIdentity? Other { get; private init; }

    /// <summary>Whether the identity has changed more than once: then it is not that the pod was bound to another one.</summary>
    public bool IsAlternating { get; private init; }

    private TokenIdentity? Current { get; init; }

    private int Tokens { get; init; }

    private long Since { get; init; }

    /// <summary>When an attempt first got no token after the last one: since then, nobody has seen its identity alone.</summary>
    private long? InterruptedAt { get; init; }

    /// <summary>What was known before IMDS began to answer: what it hands out while NMI is gone no longer counts once NMI is back.</summary>
    private IdentityHistory? BeforeImds { get; init; }

    /// <summary>No token came.</summary>
    public IdentityHistory Interrupt(long now) => InterruptedAt is null ? this with { InterruptedAt = now } : this;

    public IdentityHistory After(TokenIdentity identity, PodIdentityResponder issuer, TimeProvider time)
    {
        if (!identity.IsVerifiable)
        {
            return this;
        }

        if (issuer is PodIdentityResponder.Nmi && BeforeImds is { } known)
        {
            return known.After(identity, issuer, time);
        }

        var now = time.GetTimestamp();
        var beforeImds = issuer is PodIdentityResponder.Imds ? BeforeImds ?? Interrupt(now) : null;
        var isOther = Current is null || identity.DiffersFrom(Current);
        var tokens = isOther ? 1 : Tokens + 1;
        var since = isOther ? now : Since + now - (InterruptedAt ?? now);
        var isSettled = tokens >= SettledAfterTokens || (tokens >= MinTokens && time.GetElapsedTime(since, now) >= SettledAfter);
        return new IdentityHistory
        {
            Current = identity,
            Tokens = tokens,
            Since = since,
            Other = isOther ? Current : isSettled ? null : Other,
            IsAlternating = !isSettled && (IsAlternating || (isOther && Other is not null)),
            BeforeImds = beforeImds,
        };
    }
}

/// <summary>
/// How often in a row Microsoft Entra ID has found no federated credential. It says so now and then to a setup that is right: users counted
/// 22 of 1,021 exchanges (KEDA's issue 8152).
/// </summary>
internal sealed record RefusalHistory
{
    private const int MinExchanges = 3;
    private static readonly TimeSpan MinSpan = TimeSpan.FromSeconds(30);

    public static RefusalHistory Empty { get; } = new();

    /// <summary>Whether the refusal is not to be believed yet.</summary>
    public bool IsUnconfirmed { get; private init; }

    private int Exchanges { get; init; }

    private long Since { get; init; }

    public RefusalHistory After(TokenExchange exchange, TimeProvider time)
    {
        if (!exchange.MayBeNoise)
        {
            return exchange.Token is null ? this with { IsUnconfirmed = false } : Empty;
        }

        var since = Exchanges == 0 ? time.GetTimestamp() : Since;
        var exchanges = Exchanges + exchange.Tries;
        return new RefusalHistory
        {
            Exchanges = exchanges,
            Since = since,
            IsUnconfirmed = exchanges < MinExchanges || time.GetElapsedTime(since) < MinSpan,
        };
    }
}
