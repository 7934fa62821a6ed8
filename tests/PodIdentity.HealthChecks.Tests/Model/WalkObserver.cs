using PodIdentity.HealthChecks.Tokens;
using Found = (Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus Status, PodIdentity.HealthChecks.PodIdentityFailureReason? Reason);
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Model;

/// <summary>Knows the truth about one check's identity at every moment, and holds the check's verdicts to the rules.</summary>
/// <param name="name">What the check is called in a failure.</param>
/// <param name="identity">The client ID that it asks for, or <see cref="Walk.Any"/>; <see langword="null"/> for the NMI check.</param>
/// <param name="kind">How it gets its tokens.</param>
/// <param name="requiresNmi">Whether nobody but NMI may answer.</param>
/// <param name="check">The check.</param>
/// <param name="clock">The clock.</param>
internal sealed class WalkObserver(string name, string? identity, ModelKind kind, bool requiresNmi, ModelCheck check, ManualTimeProvider clock)
{
    private const double HangRecovery = 45;
    private const double MaxBackOff = 65;

    /// <summary>How long a second identity is remembered, and a probe.</summary>
    private const double Unstable = 300 + 17;

    /// <summary>And so many tokens.</summary>
    private const int MinTokens = 5;

    /// <summary>How old a reused verdict is at most, and how long a probe takes.</summary>
    private static readonly TimeSpan Reuse = TimeSpan.FromSeconds(12 + 5);

    private static readonly TimeSpan ReuseOfFailure = TimeSpan.FromSeconds(2.4);

    /// <summary>NMI's 80 s or 112 s for a request that is sent when another one has been under way for up to 41 s, and the margin of a probe.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(112 + 41 + 17);

    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(112 + 5);

    private readonly List<TimeSpan> _probes = [];

    /// <summary>Those that saw a token that no earlier one had seen.</summary>
    private readonly List<TimeSpan> _sightings = [];
    private TimeSpan _sightedToken = TimeSpan.MinValue;
    private Truth _truth = Truth.Good;
    private TimeSpan _truthSince;
    private TimeSpan _goodUntil;
    private TimeSpan _unboundUntil;
    private (ModelNmi Nmi, ModelImds Imds, string Bound, bool HealthIsReachable, TimeSpan HealthTakes, TimeSpan FingerprintTakes, int BindingLooks) _world;
    private TimeSpan _worldSince;
    private double _recovery = 5;
    private TimeSpan? _token;
    private DateTimeOffset? _excusedUntil;
    private Found? _settled;
    private string? _ofNmi;
    private bool _wasUnstableAtNmi;
    private bool _hadDefinite;
    private TimeSpan? _saidDefinite;

    /// <summary>Whether NMI is too busy to be recognised: what a check makes of it depends on what it asks when.</summary>
    private bool IsBusy => _world.FingerprintTakes > TimeSpan.Zero;

    private bool IsAny => identity is Walk.Any;

    /// <summary>What a request that is sent now comes to.</summary>
    private enum Truth
    {
        /// <summary>The right token, at once.</summary>
        Good,

        /// <summary>NMI is alive and has no such identity: it says so after 80 s.</summary>
        Unbound,

        /// <summary>NMI is alive, and IMDS behind it is in trouble.</summary>
        ServiceTrouble,

        /// <summary>Each token may be another identity's.</summary>
        Ambiguous,

        /// <summary>NMI is gone, not active or bypassed.</summary>
        NoNmi,
    }

    public string Name => name;

    public ModelKind Kind => kind;

    public ModelCheck Check => check;

    public void Happened(ModelNode node, bool isClock)
    {
        var truth = TruthOf(node);
        var world = (node.Nmi, node.Imds, string.Join(',', node.Bound), node.HealthIsReachable, node.HealthTakes, node.FingerprintTakes, node.BindingLooks);
        // The identity that IMDS gives while NMI is gone is another one, too; once NMI serves again, it no longer counts.
        // What NMI gave before does: a second identity is remembered from then.
        var isBack = _world.Nmi is not ModelNmi.Active && node.Nmi is ModelNmi.Active;
        var isOther = IsAny && _ofNmi is not null
            && (node.Nmi is not ModelNmi.Active || !_ofNmi.Equals(world.Item3, StringComparison.Ordinal) || (isBack && _wasUnstableAtNmi));
        // A request that is pending may be refused while NMI's health is out of reach.
        _unboundUntil = _truth is Truth.Unbound || (_world.Nmi is ModelNmi.Active && _world.Bound is "") ? clock.Elapsed : _unboundUntil;
        if (truth != _truth || isOther || IsBusy != node.FingerprintTakes > TimeSpan.Zero || _world.BindingLooks != node.BindingLooks)
        {
            _goodUntil = _truth is Truth.Good or Truth.Ambiguous ? clock.Elapsed : _goodUntil;
            (_truth, _truthSince) = (truth, clock.Elapsed);
        }

        if (world != _world || isClock)
        {
            (_world, _worldSince, _settled) = (world, clock.Elapsed, null);
        }

        Remember(node, isOther);
    }

    /// <summary>Judges what a probe found that began at a moment.</summary>
    public void Judge(ModelNode node, TimeSpan start, Found found)
    {
        if (identity is null)
        {
            JudgeNmi(node, start, found);
        }
        else
        {
            JudgeAlways(start, found);
            if (!IsBusy)
            {
                JudgeSettled(start, found);
            }
        }

        _probes.Add(start);
        if (found is { Status: HealthStatus.Healthy } or { Reason: IdentityUnstable })
        {
            if (check.LastToken > _sightedToken)
            {
                _sightedToken = check.LastToken;
                _sightings.Add(start);
            }

            if (_world.Nmi is ModelNmi.Active && check.LastToken > _truthSince)
            {
                (_ofNmi, _wasUnstableAtNmi) = (_world.Bound, found.Reason is IdentityUnstable);
            }
        }
    }

    private void JudgeAlways(TimeSpan start, Found found)
    {
        Rule("R6, no request is made for another identity", found, check.TokenRequests.All(r => string.Equals(r.ClientId, IsAny ? null : identity, StringComparison.Ordinal)));
        if (found.Status is HealthStatus.Healthy)
        {
            Rule("never healthy without the right token", found, _truth is Truth.Good or Truth.Ambiguous || clock.Elapsed - _goodUntil <= Reuse);

            // A reused verdict knows nothing of an identity that has come since.
            _recovery = IsAny && clock.Elapsed - _truthSince <= Reuse ? _recovery : 5;
            Rule("R4, a token from before what is definite counts no more", found, _saidDefinite is null || check.LastToken >= _saidDefinite);
            (_hadDefinite, _saidDefinite) = (IsAny && _recovery > 5 || _truth is Truth.Ambiguous, null);

            // A reused verdict may be about a token from before a step of the clock.
            (_token, _excusedUntil) = (check.LastToken, check.LastToken == _token ? _excusedUntil : clock.GetUtcNow() + TimeSpan.FromHours(23));
        }

        Rule(
            "R1, a token contradicts an older refusal", found,
            found.Reason is not IdentityNotBound || _truth is Truth.Unbound || check.LastToken <= _unboundUntil || start - check.LastToken <= ReuseOfFailure);
        _saidDefinite = found.Reason is IdentityNotBound or IdentityUnstable or NmiUnreachable or NmiNotActive or NotIntercepted ? clock.Elapsed : _saidDefinite;
        Rule("R4, nothing is excused after what is definite", found, found.Status is not HealthStatus.Degraded || _saidDefinite is null);

        // An NMI that refuses after 5 s is not silent.
        if (_truth is Truth.Unbound or Truth.ServiceTrouble && _world.BindingLooks > 1 && start - _truthSince > TimeSpan.FromSeconds(125))
        {
            var recent = check.TokenRequests.Count(r => start - r.At <= TimeSpan.FromSeconds(120) && r.At <= start && r.At > check.LastToken);
            var max = IsBusy ? 7 : kind is ModelKind.Supplied or ModelKind.Named ? 4 : 3;
            Rule($"R2, no more than {max} token requests in 120 s, not {recent}", found, recent <= max);
        }
    }

    private void JudgeSettled(TimeSpan start, Found found)
    {
        // An earlier probe has begun so long after the truth became what it is: this one has to know it.
        // That an identity is alone is known from the first token of it on.
        bool IsDue(double seconds) => start - _truthSince > Reuse
            && (seconds < Unstable ? [_truthSince] : _sightings.Where(p => p - _truthSince > Reuse).SkipLast(MinTokens - 1)).Any(from => _probes.Exists(p => p - from >= TimeSpan.FromSeconds(seconds)));

        // What NMI takes its time to say is asked for by one probe, and perhaps once more by the next: an older request may be answered first. After a
        // supplied credential's request, which nobody sees, the check's own is sent late.
        var late = kind is ModelKind.Named ? PendingTokenRequest.ResendAfter : TimeSpan.Zero;
        bool IsToldSince(TimeSpan since) =>
            _probes.Exists(first => first >= since + Reuse && _probes.Exists(p => p >= first + Settling && start >= p + Answer + late));
        switch (_truth)
        {
            case Truth.Good:
                Rule("R2, recovery in time", found, found.Status is HealthStatus.Healthy || !IsDue(_recovery));
                break;
            case Truth.Unbound when kind is not ModelKind.Supplied:
                Rule("a missing binding is named", found, found is { Status: HealthStatus.Unhealthy, Reason: IdentityNotBound } || !IsToldSince(_truthSince));
                break;
            // Where NMI is not required, trouble of the IMDS behind it is trouble of the service.
            case Truth.NoNmi when requiresNmi || (_world.Imds is ModelImds.Fine && start - _worldSince > TimeSpan.FromSeconds(MaxBackOff)):
                Rule("R4, what is definite fails at once", found, found.Status is HealthStatus.Unhealthy || !IsDue(5));
                break;
            case Truth.ServiceTrouble:
                Rule(
                    "R4, trouble of the service is excused by a valid token", found,
                    found.Status is not HealthStatus.Unhealthy || _hadDefinite || !(clock.GetUtcNow() < _excusedUntil));
                break;
        }

        // That a second identity is remembered passes by itself.
        if (IsToldSince(_worldSince) && (_truth is Truth.Ambiguous || found.Reason is not IdentityUnstable))
        {
            _settled ??= found;
            Rule($"R3, what was {_settled} stays so in an unchanged world", found, _settled == found);
        }
    }

    private void JudgeNmi(ModelNode node, TimeSpan start, Found found)
    {
        var isKnown = _probes.Exists(p => p >= _truthSince) && start - _truthSince > TimeSpan.FromSeconds(3);
        var (isHealthy, isGood) = (found.Status is HealthStatus.Healthy, _truth is Truth.Good && node.HealthIsReachable);
        Rule("the NMI check sees NMI as it is", found, !isKnown || isHealthy == isGood || (IsBusy && !isHealthy));
    }

    /// <summary>What may still have to be got over when all is well again.</summary>
    private void Remember(ModelNode node, bool isOther)
    {
        var needed = _truth switch
        {
            _ when isOther => Unstable,
            _ when node.Imds is ModelImds.Throttled => MaxBackOff,
            Truth.ServiceTrouble => HangRecovery,
            Truth.Unbound when kind is ModelKind.Supplied or ModelKind.Named => HangRecovery,
            _ when IsBusy || node.Imds is ModelImds.Hangs => HangRecovery,
            _ => 5,
        };
        _recovery = Math.Max(_recovery, needed);
        _hadDefinite |= isOther || IsBusy || _truth is Truth.Unbound or Truth.Ambiguous or Truth.NoNmi;
    }

    private Truth TruthOf(ModelNode node) =>
        identity is null ? node.Nmi is ModelNmi.Active && node.HealthIsReachable ? Truth.Good : Truth.NoNmi
        : kind is ModelKind.WatchAll && !node.HealthIsReachable ? Truth.NoNmi
        : node.Nmi is not ModelNmi.Active ? IsAny && !requiresNmi && (node.Nmi, node.Imds) is (not ModelNmi.Killed, ModelImds.Fine) ? Truth.Good : Truth.NoNmi
        : !node.Bound.Any(b => IsAny || b.Equals(identity, StringComparison.Ordinal)) ? Truth.Unbound
        : node.Imds is not ModelImds.Fine ? Truth.ServiceTrouble
        : IsAny && node.Bound.Count > 1 ? Truth.Ambiguous
        : Truth.Good;

    private void Rule(string rule, Found found, bool holds) => Assert.True(
        holds, $"{rule}: {name} says {found.Status} {found.Reason} at {clock.Elapsed}; since {_truthSince} the truth is {_truth}");
}
