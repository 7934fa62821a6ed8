using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Model;

/// <summary>Two events in a row, two identities in a process, a clock that jumps, a slow node: each of these went wrong once.</summary>
public sealed class SequenceTests : IDisposable
{
    private const string A = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string B = "bbbbbbbb-0000-0000-0000-000000000002";
    private const string C = "cccccccc-0000-0000-0000-000000000003";

    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _clock = new();
    private readonly ModelNode _node;
    private readonly SimulatedTime _time;
    private readonly List<ModelCheck> _checks = [];

    public SequenceTests()
    {
        _node = new ModelNode(_clock) { Bound = [A] };
        _time = new SimulatedTime(_clock, _node);
    }

    public void Dispose() => _checks.ForEach(c => c.Dispose());

    [Fact]
    public Task A_supplied_credential_for_an_identity_that_the_pod_is_not_bound_to_is_never_healthy() => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(ModelKind.Supplied, B);

        Every(TenSeconds, TimeSpan.FromMinutes(10), check, found => Assert.Equal(HealthStatus.Unhealthy, found.Status));
        Assert.All(_node.TokenRequests, r => Assert.Equal(B, r.ClientId));
    });

    [Fact]
    public Task Two_registrations_whose_bindings_are_removed_are_both_not_bound_within_two_and_a_half_minutes() => SimulatedTime.RunAsync(() =>
    {
        _node.Bound = [A, B];
        var (one, other) = (Identity(clientId: A), Identity(clientId: B));
        AssertFound(HealthStatus.Healthy, null, one.Probe());
        AssertFound(HealthStatus.Healthy, null, other.Probe());
        _node.Bound = [];

        var start = _clock.Elapsed;
        while (_clock.Elapsed - start < TimeSpan.FromSeconds(140))
        {
            _time.Pass(TenSeconds);
            one.Probe();
            other.Probe();
        }

        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, one.Probe());
        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, other.Probe());
    });

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    public Task A_removed_binding_is_found_by_a_probe_every_few_minutes(int minutes) => SimulatedTime.RunAsync(() =>
    {
        var check = Identity();
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Bound = [];

        _time.Pass(TimeSpan.FromMinutes(minutes));
        AssertFound(HealthStatus.Degraded, IdentityPending, check.Probe());
        _time.Pass(TimeSpan.FromMinutes(minutes));
        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, check.Probe());
        _time.Pass(TimeSpan.FromMinutes(minutes));
        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, check.Probe());

        _node.Bound = [A];
        _time.Pass(TimeSpan.FromMinutes(minutes));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    public static MatrixTheoryData<ModelKind, int, int> Refusals => new([ModelKind.Own, ModelKind.Watch], [1, 3, 8, 16, 20], [1, 3, 7, 20, 30, 40]);

    [Theory]
    [MemberData(nameof(Refusals))]
    public Task A_binding_that_comes_after_NMI_has_refused_is_seen_at_once(ModelKind kind, int looks, int secondsLater) => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.BindingLooks) = ([], looks);
        var (check, period) = (Identity(kind), TimeSpan.FromSeconds(2));
        while (check.Probe().Reason is not IdentityNotBound)
        {
            _time.Pass(period);
        }

        Every(period, TimeSpan.FromSeconds(secondsLater), check, found => AssertFound(HealthStatus.Unhealthy, IdentityNotBound, found));
        _node.Bound = [A];
        _time.Pass(TimeSpan.FromSeconds(5) + period);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        Assert.True(looks < 16 || MostRequestsIn(TimeSpan.FromSeconds(120), _clock.Elapsed - period) <= 4);
    });

    [Fact]
    public Task A_refusal_that_nobody_has_taken_for_minutes_is_asked_about_again() => SimulatedTime.RunAsync(() =>
    {
        var check = Identity();
        _node.Bound = [];
        AssertFound(HealthStatus.Unhealthy, IdentityPending, check.Probe());

        // The refusal comes after 80 s, and the second request never has an answer.
        _time.Pass(TimeSpan.FromSeconds(100));
        (_node.Bound, _node.Imds) = ([A], ModelImds.Hangs);
        _time.Pass(TimeSpan.FromMinutes(5));
        (_node.Imds, _node.ImdsTakes) = (ModelImds.Fine, TimeSpan.FromSeconds(0.1));

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Fact]
    public Task A_429_that_nobody_has_taken_for_minutes_is_no_reason_to_wait() => SimulatedTime.RunAsync(() =>
    {
        _node.Bound = [];
        var check = Identity();
        AssertFound(HealthStatus.Unhealthy, IdentityPending, check.Probe());

        // The refusal comes after 80 s, and the 429 for the second request 112 s after the binding.
        _time.Pass(TimeSpan.FromSeconds(83));
        (_node.Bound, _node.Imds) = ([A], ModelImds.Throttled);
        _time.Pass(TimeSpan.FromSeconds(120));
        _node.Imds = ModelImds.Fine;
        _time.Pass(TimeSpan.FromMinutes(6));

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Fact]
    public Task After_one_look_in_vain_the_reason_settles_again() => SimulatedTime.RunAsync(() =>
    {
        _node.ImdsTakes = TenSeconds;
        var check = Identity();
        Every(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), check, _ => { });
        _node.Imds = ModelImds.Hangs;
        Every(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(50), check, _ => { });
        _time.Pass(TimeSpan.FromSeconds(3));
        _node.FingerprintTakes = TimeSpan.FromSeconds(1.5);
        AssertFound(HealthStatus.Unhealthy, NmiUnreachable, check.Probe());
        _node.FingerprintTakes = TimeSpan.Zero;

        _time.Pass(TimeSpan.FromSeconds(3));
        var reasons = new List<PodIdentityFailureReason?>();
        Every(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(4), check, found => reasons.Add(found.Reason));
        Assert.Equal([TimedOut, IdentityPending, TokenServiceError], reasons.Where((r, i) => i == 0 || r != reasons[i - 1]));
    });

    [Fact]
    public Task A_request_that_is_lost_before_NMI_is_recognised_again_says_nothing() => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.BindingLooks) = ([], 20);
        var check = Identity();
        var step = TimeSpan.FromSeconds(30);
        Every(step, TimeSpan.FromSeconds(117), check, _ => { });
        (_node.Nmi, _node.Imds, _node.FingerprintTakes) = (ModelNmi.Stopping, ModelImds.Hangs, TimeSpan.FromSeconds(1.5));
        Every(step, TimeSpan.FromSeconds(50), check, _ => { });
        (_node.Nmi, _node.Imds, _node.FingerprintTakes) = (ModelNmi.Active, ModelImds.Fine, TimeSpan.Zero);

        Every(step, TimeSpan.FromMinutes(5), check, found => Assert.NotEqual(TokenServiceError, found.Reason));
    });

    [Fact]
    public Task After_a_refusal_the_silence_of_NMI_counts_from_then_on() => SimulatedTime.RunAsync(() =>
    {
        var check = Identity();
        (_node.Bound, _node.BindingLooks) = ([], 20);
        AssertFound(HealthStatus.Unhealthy, IdentityPending, check.Probe());
        _node.FingerprintTakes = TimeSpan.FromSeconds(1.5);
        _time.Pass(TenSeconds);
        AssertFound(HealthStatus.Unhealthy, NmiUnreachable, check.Probe());
        _node.FingerprintTakes = TimeSpan.Zero;
        Every(TenSeconds, TimeSpan.FromSeconds(100), check, _ => { });
        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, check.Probe());

        (_node.Bound, _node.Imds) = ([A], ModelImds.Hangs);
        Every(TenSeconds, TimeSpan.FromSeconds(145), check, _ => { });
        AssertFound(HealthStatus.Unhealthy, TokenServiceError, check.Probe());
    });

    [Fact]
    public Task A_clock_that_is_set_back_six_hours_does_not_prolong_a_back_off() => SimulatedTime.RunAsync(() =>
    {
        (_node.Nmi, _node.OfNode, _node.Imds) = (ModelNmi.Stopped, [A], ModelImds.Throttled);
        var check = Identity(configure: o => o.NmiHealthEndpoint = null);
        AssertFound(HealthStatus.Unhealthy, Throttled, check.Probe());
        _clock.Turn(TimeSpan.FromHours(-6));
        _node.Imds = ModelImds.Fine;

        _time.Pass(TimeSpan.FromSeconds(8));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Fact]
    public Task A_clock_that_is_set_back_six_hours_does_not_prolong_the_grace() => SimulatedTime.RunAsync(() =>
    {
        (_node.Nmi, _node.OfNode) = (ModelNmi.Stopped, [A]);
        var check = Identity(configure: o => (o.NmiHealthEndpoint, o.FailureGracePeriod) = (null, TimeSpan.FromSeconds(30)));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.OfNode = [];
        _clock.Turn(TimeSpan.FromHours(-6));

        _time.Pass(TimeSpan.FromSeconds(20));
        AssertFound(HealthStatus.Degraded, IdentityNotFound, check.Probe());
        _time.Pass(TimeSpan.FromSeconds(20));
        AssertFound(HealthStatus.Unhealthy, IdentityNotFound, check.Probe());
    });

    [Fact]
    public Task A_clock_that_is_set_back_six_hours_does_not_keep_a_watch_from_asking() => SimulatedTime.RunAsync(() =>
    {
        (_node.Nmi, _node.OfNode) = (ModelNmi.Stopped, [A]);
        var check = Identity(ModelKind.Watch, configure: o => o.NmiHealthEndpoint = null);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _clock.Turn(TimeSpan.FromHours(-6));
        _node.OfNode = [];

        _time.Pass(TimeSpan.FromSeconds(13));
        AssertFound(HealthStatus.Unhealthy, IdentityNotFound, check.Probe());
    });

    [Fact]
    public Task A_clock_that_is_set_forward_does_not_end_the_grace() => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(configure: o => o.FailureGracePeriod = TimeSpan.FromMinutes(5));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Nmi = ModelNmi.Killed;
        _clock.Turn(TimeSpan.FromMinutes(6));

        _time.Pass(TimeSpan.FromSeconds(13));
        AssertFound(HealthStatus.Degraded, NmiUnreachable, check.Probe());
    });

    [Theory]
    [InlineData(ModelKind.Own, null, NmiUnreachable, 3)]
    [InlineData(ModelKind.Own, null, NmiUnreachable, 1)]
    [InlineData(ModelKind.Own, PodIdentityResponder.Nmi, NotIntercepted, 3)]
    [InlineData(ModelKind.Supplied, null, NmiUnreachable, 3)]
    [InlineData(ModelKind.Named, null, NmiUnreachable, 3)]
    public Task A_429_of_IMDS_neither_hides_that_NMI_is_gone_nor_that_it_is_back(
        ModelKind kind, PodIdentityResponder? required, PodIdentityFailureReason reason, int timeout) => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(kind, A, o => (o.RequiredResponder, o.AttemptTimeout) = (required, TimeSpan.FromSeconds(timeout)));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        (_node.Nmi, _node.Imds, _node.RetryAfter) = (ModelNmi.Stopped, ModelImds.Throttled, TimeSpan.FromMinutes(5));
        _time.Pass(TimeSpan.FromSeconds(13));
        AssertFound(HealthStatus.Unhealthy, reason, check.Probe());

        // What the look at NMI leaves of the attempt is enough.
        (_node.Nmi, _node.Imds, _node.HealthTakes) = (ModelNmi.Active, ModelImds.Fine, TimeSpan.FromSeconds(0.3));
        _time.Pass(TimeSpan.FromSeconds(3));
        AssertFound(HealthStatus.Healthy, null, check.Probe());

        // That success counts: what IMDS does behind NMI from now on is excused.
        _node.Imds = ModelImds.Throttled;
        _time.Pass(TimeSpan.FromSeconds(13));
        Every(TenSeconds, TimeSpan.FromMinutes(3), check, found => Assert.True(found.Status is HealthStatus.Degraded, $"{found} at {_clock.Elapsed}"));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task That_NMI_is_back_is_seen_where_it_was_only_stopping_when_IMDS_answered_429(bool isProbedMeanwhile) => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(configure: o => o.RequiredResponder = PodIdentityResponder.Nmi);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        (_node.Nmi, _node.Imds, _node.RetryAfter) = (ModelNmi.Stopping, ModelImds.Throttled, TimeSpan.FromMinutes(5));
        _time.Pass(TimeSpan.FromSeconds(13));
        AssertFound(HealthStatus.Unhealthy, NotIntercepted, check.Probe());
        (_node.Nmi, _node.Imds) = (ModelNmi.Stopped, ModelImds.Fine);
        _time.Pass(TimeSpan.FromSeconds(3));
        if (isProbedMeanwhile)
        {
            AssertFound(HealthStatus.Unhealthy, NotIntercepted, check.Probe());
        }

        _node.Nmi = ModelNmi.Active;
        _time.Pass(TimeSpan.FromSeconds(7));

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Fact]
    public Task A_supplied_credentials_missing_binding_is_never_taken_for_a_silent_IMDS() => SimulatedTime.RunAsync(() =>
    {
        _node.Bound = [];
        var check = Identity(ModelKind.Named, A);

        // Its first request may not have been sent.
        AssertFound(HealthStatus.Unhealthy, TimedOut, check.Probe());
        Every(TenSeconds, TimeSpan.FromSeconds(65), check, found => AssertFound(HealthStatus.Unhealthy, IdentityPending, found), skip: TimeSpan.FromSeconds(13));
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, found => Assert.NotEqual(TokenServiceError, found.Reason));
        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, check.Probe());
    });

    [Fact]
    public Task A_service_that_is_slower_than_the_attempt_is_told_as_that() => SimulatedTime.RunAsync(() =>
    {
        _node.ImdsTakes = TimeSpan.FromSeconds(3.5);
        var check = Identity();
        AssertFound(HealthStatus.Unhealthy, IdentityPending, check.Probe());

        _time.Pass(TenSeconds);
        Every(TenSeconds, TimeSpan.FromMinutes(2), check, found => AssertFound(HealthStatus.Unhealthy, TimedOut, found));

        _node.Bound = [];
        Every(TenSeconds, TimeSpan.FromMinutes(3), check, _ => { });
        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, check.Probe());
    });

    [Fact]
    public Task So_it_is_where_the_credential_is_supplied() => SimulatedTime.RunAsync(() =>
    {
        _node.ImdsTakes = TimeSpan.FromSeconds(3.5);
        var check = Identity(ModelKind.Named, A);
        Every(TenSeconds, TimeSpan.FromMinutes(4), check, found => AssertFound(HealthStatus.Unhealthy, TimedOut, found));

        _node.ImdsTakes = TimeSpan.Zero;
        Every(TenSeconds, TimeSpan.FromSeconds(45), check, _ => { });
        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Theory]
    [InlineData(ModelKind.Own)]
    [InlineData(ModelKind.Watch)]
    public Task A_token_that_has_expired_is_asked_for_again_however_long_a_good_one_is_reused(ModelKind kind) => SimulatedTime.RunAsync(() =>
    {
        _node.TokenLifetime = TimeSpan.FromMinutes(2);
        var check = Identity(kind, configure: o => o.ResultLifetime = TimeSpan.FromMinutes(30));
        AssertFound(HealthStatus.Degraded, TokenExpiring, check.Probe());
        _node.TokenLifetime = TimeSpan.FromHours(24);

        _time.Pass(TimeSpan.FromMinutes(2));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Fact]
    public Task Where_NMI_is_required_the_429_of_IMDS_is_not_intercepted() => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(configure: o => o.RequiredResponder = PodIdentityResponder.Nmi);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        (_node.Nmi, _node.Imds) = (ModelNmi.Stopped, ModelImds.Throttled);

        Every(TenSeconds, TimeSpan.FromMinutes(2), check, found => AssertFound(HealthStatus.Unhealthy, NotIntercepted, found), skip: TimeSpan.FromSeconds(13));
    });

    [Fact]
    public Task After_a_wrong_identity_being_throttled_is_no_excuse() => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(configure: o => (o.ExpectedClientId, o.NmiHealthEndpoint) = (A, null));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Bound = [B];
        _time.Pass(TimeSpan.FromSeconds(13));
        AssertFound(HealthStatus.Unhealthy, IdentityMismatch, check.Probe());

        (_node.Nmi, _node.Imds) = (ModelNmi.Stopped, ModelImds.Throttled);
        _time.Pass(TimeSpan.FromSeconds(3));
        Every(TenSeconds, TimeSpan.FromMinutes(2), check, found => AssertFound(HealthStatus.Unhealthy, Throttled, found));
    });

    [Fact]
    public Task What_IMDS_said_while_NMI_was_gone_is_dropped_when_NMI_is_back() => SimulatedTime.RunAsync(() =>
    {
        _node.OfNode = [A, B];
        var check = Identity();
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        (_node.Nmi, _node.HealthIsReachable) = (ModelNmi.Stopped, true);
        _time.Pass(TimeSpan.FromSeconds(13));
        Assert.Equal(HealthStatus.Unhealthy, check.Probe().Status);

        // NMI is back, and the binding comes 55 s later.
        (_node.Nmi, _node.Bound) = (ModelNmi.Active, []);
        _time.Pass(TimeSpan.FromSeconds(3));
        var back = _clock.Elapsed;
        while (_clock.Elapsed - back < TimeSpan.FromSeconds(25))
        {
            AssertFound(HealthStatus.Unhealthy, IdentityPending, check.Probe());
            _time.Pass(TimeSpan.FromSeconds(5));
        }

        // A second death of NMI is seen meanwhile.
        _node.Nmi = ModelNmi.Killed;
        _time.Pass(TimeSpan.FromSeconds(3));
        AssertFound(HealthStatus.Unhealthy, NmiUnreachable, check.Probe());
        _node.Nmi = ModelNmi.Active;
        _time.Pass(TimeSpan.FromSeconds(3));
        AssertFound(HealthStatus.Unhealthy, IdentityPending, check.Probe());
        _node.Bound = [A];
        _time.Pass(TenSeconds);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Theory]
    [InlineData(ModelKind.Own, 8)]
    [InlineData(ModelKind.Own, 20)]
    [InlineData(ModelKind.Own, 400)]
    [InlineData(ModelKind.Watch, 8)]
    [InlineData(ModelKind.Watch, 400)]
    [InlineData(ModelKind.Supplied, 20)]
    public Task An_IMDS_that_hung_is_seen_to_be_back_within_45_seconds(ModelKind kind, int seconds) => SimulatedTime.RunAsync(() =>
    {
        // The pod starts during the hang. A supplied credential's first request may not have been sent.
        var (isSupplied, reasons) = (kind is ModelKind.Supplied, new PodIdentityFailureReason?[] { IdentityPending, TokenServiceError });
        _node.Imds = ModelImds.Hangs;
        var check = Identity(kind);
        Every(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(seconds), check, found =>
        {
            Assert.Equal(HealthStatus.Unhealthy, found.Status);
            Assert.Contains(found.Reason, isSupplied ? [.. reasons, TimedOut] : reasons);
        });

        _node.Imds = ModelImds.Fine;
        var back = _clock.Elapsed;
        while (check.Probe().Status is not HealthStatus.Healthy)
        {
            Assert.InRange(_clock.Elapsed - back, TimeSpan.Zero, TimeSpan.FromSeconds(45));
            _time.Pass(TimeSpan.FromSeconds(2));
        }

        Assert.True(MostRequestsIn(TimeSpan.FromSeconds(120), until: back) <= (isSupplied ? 4 : 3));
    });

    [Theory]
    [InlineData(ModelImds.Error, TokenServiceError)]
    [InlineData(ModelImds.Updating, TokenServiceUpdating)]
    [InlineData(ModelImds.Refuses, TokenServiceError)]
    [InlineData(ModelImds.Throttled, Throttled)]
    [InlineData(ModelImds.Hangs, TokenServiceError)]
    public Task Trouble_of_IMDS_behind_NMI_settles_and_stays(ModelImds fault, PodIdentityFailureReason reason) => SimulatedTime.RunAsync(() =>
    {
        var check = Identity();
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Imds = fault;
        Every(TenSeconds, TimeSpan.FromSeconds(140), check, found => Assert.Equal(HealthStatus.Degraded, found.Status), skip: TimeSpan.FromSeconds(13));

        Every(TenSeconds, TimeSpan.FromMinutes(10), check, found => AssertFound(HealthStatus.Degraded, reason, found));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task An_NMI_that_is_too_busy_to_be_recognised_is_spared_and_seen_as_soon_as_it_is_not(bool hasHealth) => SimulatedTime.RunAsync(() =>
    {
        (_node.ImdsTakes, _node.FingerprintTakes) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
        var check = Identity(configure: o => (o.RequiredResponder, o.NmiHealthEndpoint) = (PodIdentityResponder.Nmi, hasHealth ? o.NmiHealthEndpoint : null));
        Every(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2), check, found => Assert.Equal(HealthStatus.Unhealthy, found.Status));
        Assert.InRange(_node.TokenRequests.Count, 2, 8);

        (_node.ImdsTakes, _node.FingerprintTakes) = (TimeSpan.Zero, TimeSpan.Zero);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Theory]
    [InlineData(ModelKind.Own, false, 3)]
    [InlineData(ModelKind.Own, true, 4)]
    [InlineData(ModelKind.Named, false, 4)]
    [InlineData(ModelKind.Named, true, 5)]
    [InlineData(ModelKind.Supplied, false, 7)]
    [InlineData(ModelKind.Supplied, true, 7)]
    [InlineData(ModelKind.Watch, false, 3)]
    [InlineData(ModelKind.Watch, true, 4)]
    public Task An_NMI_that_is_too_busy_at_every_second_look_goes_on_with_what_it_was_asked(ModelKind kind, bool isBusyFirst, int maxRequests) => SimulatedTime.RunAsync(() =>
    {
        _node.Bound = [];
        var check = Identity(kind, A);
        var (busy, found) = (isBusyFirst, new List<PodIdentityFailureReason?>());
        Every(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(130), check, f => found.Add(f.Reason), before: () =>
        {
            _node.FingerprintTakes = busy ? TimeSpan.FromSeconds(1.5) : TimeSpan.Zero;
            busy = !busy;
        });

        // What NMI has said is said until it says something else.
        var known = kind is ModelKind.Supplied ? IdentityPending : IdentityNotBound;
        Assert.Contains(known, found);
        Assert.All(found.SkipWhile(f => f != known), f => Assert.True(f == known || f is NmiUnreachable, $"{f}"));
        Assert.InRange(MostRequestsIn(TimeSpan.FromSeconds(120), _clock.Elapsed), 1, maxRequests);
    });

    public static MatrixTheoryData<ModelKind, int, int, int> Drops => new(
        [ModelKind.Own, ModelKind.Named, ModelKind.Watch], [16], [30, 70, 100], [30, 60, 80, 100, 120, 140, 160, 180, 200, 260]);

    public static MatrixTheoryData<ModelKind, int, int, int> DropsAmidRefusals => new([ModelKind.Own, ModelKind.Named, ModelKind.Watch], [20], [70], [30, 50, 60, 80]);

    [Theory]
    [MemberData(nameof(Drops))]
    [MemberData(nameof(DropsAmidRefusals))]
    public Task A_request_that_was_dropped_for_a_while_tells_nothing_of_IMDS_afterwards(ModelKind kind, int looks, int before, int dropped) => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.BindingLooks) = ([], looks);
        var check = Identity(kind, A);
        Every(TenSeconds, TimeSpan.FromSeconds(before), check, found => Assert.NotEqual(HealthStatus.Healthy, found.Status));

        // As where a policy drops the metadata address: /healthz says Active, and everything else is silence.
        (_node.Nmi, _node.Imds, _node.FingerprintTakes) = (ModelNmi.Stopping, ModelImds.Hangs, TimeSpan.FromSeconds(1.5));
        Every(TenSeconds, TimeSpan.FromSeconds(dropped), check, found => AssertFound(HealthStatus.Unhealthy, NmiUnreachable, found));

        (_node.Nmi, _node.Imds, _node.FingerprintTakes) = (ModelNmi.Active, ModelImds.Fine, TimeSpan.Zero);
        Every(TenSeconds, TimeSpan.FromSeconds(250), check, found => Assert.NotEqual(TokenServiceError, found.Reason));
        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, check.Probe());
    });

    public static MatrixTheoryData<ModelKind, int> Hangs => new([ModelKind.Own, ModelKind.Named, ModelKind.Watch], [.. Enumerable.Range(0, 12).Select(i => 135 + (i * 11))]);

    [Theory]
    [MemberData(nameof(Hangs))]
    public Task A_request_that_is_lost_says_nothing_against_those_that_are_refused(ModelKind kind, int at) => SimulatedTime.RunAsync(() =>
    {
        _node.Imds = ModelImds.Updating;
        var check = Identity(kind, A);
        Every(TenSeconds, TimeSpan.FromSeconds(at), check, found => Assert.NotEqual(HealthStatus.Healthy, found.Status));
        _node.Imds = ModelImds.Hangs;
        _time.Pass(TimeSpan.FromSeconds(4));
        _node.Imds = ModelImds.Updating;

        Every(TenSeconds, TimeSpan.FromMinutes(6), check, found => AssertFound(HealthStatus.Unhealthy, TokenServiceUpdating, found), skip: TimeSpan.FromSeconds(125));
    });

    [Fact]
    public Task So_does_one_that_was_lost_before_anybody_could_look_for_NMI() => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.BindingLooks) = ([], 1);
        var check = Identity();
        Every(TenSeconds, TimeSpan.FromSeconds(30), check, _ => { });
        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, check.Probe());
        _time.Pass(TenSeconds);
        _node.BindingLooks = 20;

        // Of this probe everything is dropped, and of no other.
        var before = _node.TokenRequests.Count;
        (_node.Nmi, _node.Imds, _node.FingerprintTakes) = (ModelNmi.Stopping, ModelImds.Hangs, TimeSpan.FromSeconds(1.5));
        AssertFound(HealthStatus.Unhealthy, NmiUnreachable, check.Probe());
        Assert.Equal(before + 1, _node.TokenRequests.Count);
        (_node.Nmi, _node.Imds, _node.FingerprintTakes) = (ModelNmi.Active, ModelImds.Fine, TimeSpan.Zero);

        Every(TenSeconds, TimeSpan.FromMinutes(5), check, found => AssertFound(HealthStatus.Unhealthy, IdentityNotBound, found), skip: TenSeconds);
    });

    [Fact]
    public Task A_watch_asks_for_a_token_again_after_NMI_was_not_recognised() => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(ModelKind.Watch, configure: o => o.ResultLifetime = TimeSpan.FromMinutes(10));
        AssertFound(HealthStatus.Healthy, null, check.Probe());

        _node.FingerprintTakes = TimeSpan.FromSeconds(1.5);
        _time.Pass(TenSeconds);
        AssertFound(HealthStatus.Unhealthy, NmiUnreachable, check.Probe());

        // A token from before is neither Healthy nor an excuse.
        _node.FingerprintTakes = TimeSpan.Zero;
        _time.Pass(TenSeconds);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        Assert.Equal(2, _node.TokenRequests.Count);
        _node.Imds = ModelImds.Hangs;
        _time.Pass(TimeSpan.FromMinutes(13));
        AssertFound(HealthStatus.Degraded, IdentityPending, check.Probe());
    });

    [Fact]
    public Task An_IMDS_that_hangs_for_longer_than_NMI_ever_does_makes_no_NMI_of_it() => SimulatedTime.RunAsync(() =>
    {
        (_node.Nmi, _node.Imds, _node.FingerprintTakes) = (ModelNmi.Stopped, ModelImds.Hangs, TimeSpan.FromSeconds(1.5));
        var check = Identity(configure: o => (o.NmiHealthEndpoint, o.AttemptTimeout) = (null, TimeSpan.FromSeconds(130)));

        Every(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15), check, found => AssertFound(HealthStatus.Unhealthy, TimedOut, found));
    });

    [Fact]
    public Task A_429_of_IMDS_is_honoured_although_IMDS_was_once_too_busy_to_be_recognised() => SimulatedTime.RunAsync(() =>
    {
        (_node.Nmi, _node.Imds, _node.RetryAfter, _node.FingerprintTakes) = (ModelNmi.Stopped, ModelImds.Throttled, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(2));
        var check = Identity();
        AssertFound(HealthStatus.Unhealthy, NmiUnreachable, check.Probe());

        _node.FingerprintTakes = TimeSpan.Zero;
        Every(TenSeconds, TimeSpan.FromMinutes(4), check, found => AssertFound(HealthStatus.Unhealthy, NmiUnreachable, found));
        Assert.Single(_node.TokenRequests);
    });

    [Fact]
    public Task Without_NMIs_health_a_throttled_IMDS_behind_it_is_excused_and_spared() => SimulatedTime.RunAsync(() =>
    {
        _node.HealthIsReachable = false;
        var check = Identity();
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Imds = ModelImds.Throttled;
        _time.Pass(TimeSpan.FromSeconds(13));
        var before = check.TokenRequests.Count();

        Every(TenSeconds, TimeSpan.FromSeconds(300), check, found => Assert.Equal(HealthStatus.Degraded, found.Status));
        Assert.InRange(check.TokenRequests.Count() - before, 1, 8);
    });

    [Theory]
    [InlineData(ModelKind.Own)]
    [InlineData(ModelKind.Watch)]
    public Task A_health_endpoint_that_takes_700_ms_fails_nothing(ModelKind kind) => SimulatedTime.RunAsync(() =>
    {
        _node.HealthTakes = TimeSpan.FromSeconds(0.7);
        var check = Identity(kind);
        var nmi = Nmi();

        Every(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), check, found =>
        {
            AssertFound(HealthStatus.Healthy, null, found);
            AssertFound(HealthStatus.Healthy, null, nmi.Probe());
        });
    });

    [Fact]
    public Task A_token_below_the_minimum_lifetime_counts_as_a_success_for_grace_and_throttling() => SimulatedTime.RunAsync(() =>
    {
        (_node.Nmi, _node.OfNode, _node.TokenLifetime) = (ModelNmi.Stopped, [A], TimeSpan.FromHours(20));
        var check = Identity(configure: o => (o.NmiHealthEndpoint, o.MinimumTokenLifetime) = (null, TimeSpan.FromHours(24)));
        AssertFound(HealthStatus.Degraded, TokenExpiring, check.Probe());
        _node.Imds = ModelImds.Throttled;
        _time.Pass(TimeSpan.FromSeconds(13));

        AssertFound(HealthStatus.Degraded, Throttled, check.Probe());
    });

    [Fact]
    public Task Two_bound_identities_and_none_named_are_unstable_and_stay_so() => SimulatedTime.RunAsync(() =>
    {
        _node.Bound = [A, B];
        var check = Identity();
        check.Probe();
        _time.Pass(TimeSpan.FromSeconds(13));

        Every(TenSeconds, TimeSpan.FromMinutes(10), check, found => AssertFound(HealthStatus.Unhealthy, IdentityUnstable, found));
    });

    [Theory]
    [InlineData(120)]
    [InlineData(300)]
    [InlineData(600)]
    public Task So_they_do_when_NMI_takes_either_at_random_and_probes_are_rare(int period) => SimulatedTime.RunAsync(() =>
    {
        var random = new Random(1);
        var healthy = 0;
        Every(
            TimeSpan.FromSeconds(period), 400 * TimeSpan.FromSeconds(period), Identity(), found => healthy += found.Status is HealthStatus.Healthy ? 1 : 0,
            before: () => _node.Bound = random.Next(2) == 0 ? [A, B] : [B, A]);

        // Five in a row are for one of them once in 16 times.
        Assert.InRange(healthy, 0, 400 / 10);
    });

    [Theory]
    [InlineData(ModelKind.Own)]
    [InlineData(ModelKind.Watch)]
    public Task So_they_do_when_one_of_them_is_expected_and_none_is_named(ModelKind kind) => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.OfNode) = ([A, B, C], [C]);
        var check = Identity(kind, configure: o => o.ExpectedClientId = A);
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, _ => { });
        var turn = 0;

        // Two at a time of each, and then one.
        Every(
            TenSeconds, TimeSpan.FromMinutes(10), check, found => AssertFound(HealthStatus.Unhealthy, IdentityUnstable, found),
            before: () => _node.Bound = turn++ % 5 < 2 ? [A] : turn % 5 is 0 ? [A, B] : [B]);

        // The node's own identity is another matter.
        _node.Nmi = ModelNmi.Stopped;
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, found => AssertFound(HealthStatus.Unhealthy, IdentityMismatch, found), skip: TenSeconds);
    });

    [Fact]
    public Task A_wrong_identity_alone_is_a_wrong_binding_and_the_right_one_is_seen_at_once() => SimulatedTime.RunAsync(() =>
    {
        _node.Bound = [B];
        var check = Identity(configure: o => o.ExpectedClientId = A);
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, found => AssertFound(HealthStatus.Unhealthy, IdentityMismatch, found));
        _node.Bound = [A];

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Theory]
    [InlineData(10, 12)]
    [InlineData(600, 12)]
    public Task So_it_is_after_the_right_one_was_seen_long_ago(int period, int probes) => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(configure: o => o.ExpectedClientId = A);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Bound = [B];
        var time = TimeSpan.FromSeconds(period);
        Every(time, time * probes, check, found => AssertFound(HealthStatus.Unhealthy, IdentityMismatch, found), skip: TimeSpan.FromSeconds(13));
        _node.Bound = [A];

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Fact]
    public Task After_a_short_time_it_may_be_a_second_one_for_ten_tokens() => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(ModelKind.Watch, configure: o => (o.ExpectedClientId, o.ResultLifetime) = (A, TimeSpan.Zero));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Bound = [B];
        Every(TenSeconds, 3 * TenSeconds, check, found => AssertFound(HealthStatus.Unhealthy, IdentityMismatch, found), skip: TenSeconds);
        _node.Bound = [A];
        Every(TenSeconds, 9 * TenSeconds, check, found => AssertFound(HealthStatus.Unhealthy, IdentityUnstable, found));

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Fact]
    public Task So_it_is_after_IMDS_gave_the_right_one_in_the_place_of_NMI() => SimulatedTime.RunAsync(() =>
    {
        (_node.Nmi, _node.OfNode) = (ModelNmi.Stopped, [A]);
        var check = Identity(configure: o => o.ExpectedClientId = A);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        (_node.Nmi, _node.Bound) = (ModelNmi.Active, [B]);
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, found => AssertFound(HealthStatus.Unhealthy, IdentityMismatch, found), skip: TimeSpan.FromSeconds(13));
        _node.Bound = [A];

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Theory]
    [InlineData(ModelKind.Own, A, B)]
    [InlineData(ModelKind.Own, B, A)]
    [InlineData(ModelKind.WatchAll, A, B)]
    [InlineData(ModelKind.WatchAll, B, A)]
    public Task So_they_do_after_NMI_was_gone_for_longer_than_they_are_remembered(ModelKind kind, string next, string other) => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.OfNode) = ([A, B], []);
        var check = Identity(kind);
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, _ => { });
        AssertFound(HealthStatus.Unhealthy, IdentityUnstable, check.Probe());
        _node.Nmi = ModelNmi.Killed;
        Every(TenSeconds, TimeSpan.FromMinutes(7), check, found => Assert.Equal(HealthStatus.Unhealthy, found.Status));
        _node.Nmi = ModelNmi.Active;
        foreach (var bound in (string[])[.. Enumerable.Repeat(next, 7), other, next])
        {
            _node.Bound = [bound];
            AssertFound(HealthStatus.Unhealthy, IdentityUnstable, check.Probe());
            _time.Pass(TimeSpan.FromSeconds(13));
        }
    });

    [Theory]
    [InlineData(ModelKind.Watch)]
    [InlineData(ModelKind.WatchAll)]
    public Task A_token_from_before_NMI_was_killed_is_not_counted_again_once_it_is_back(ModelKind kind) => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(kind, configure: o => o.ResultLifetime = TimeSpan.FromMinutes(10));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Nmi = ModelNmi.Killed;
        _time.Pass(TenSeconds);
        AssertFound(HealthStatus.Unhealthy, NmiUnreachable, check.Probe());
        (_node.Nmi, _node.Bound) = (ModelNmi.Active, []);
        _time.Pass(TenSeconds);

        AssertFound(HealthStatus.Unhealthy, IdentityPending, check.Probe());
    });

    [Theory]
    [InlineData(ModelKind.Watch)]
    [InlineData(ModelKind.WatchAll)]
    public Task A_late_token_from_before_NMI_was_killed_says_nothing_of_the_next_one(ModelKind kind) => SimulatedTime.RunAsync(() =>
    {
        _node.ImdsTakes = TimeSpan.FromSeconds(30);
        var check = Identity(kind);
        Every(TenSeconds, TimeSpan.FromSeconds(130), check, _ => { });
        _node.Nmi = ModelNmi.Killed;
        Every(TenSeconds, TimeSpan.FromSeconds(30), check, found => AssertFound(HealthStatus.Unhealthy, NmiUnreachable, found));
        (_node.Nmi, _node.Bound) = (ModelNmi.Active, []);

        Every(TenSeconds, TimeSpan.FromMinutes(3), check, found => Assert.True(found.Reason is IdentityPending or IdentityNotBound, $"{found}"));
    });

    [Fact]
    public Task A_refusal_stands_while_only_the_health_of_NMI_is_out_of_reach() => SimulatedTime.RunAsync(() =>
    {
        _node.Bound = [];
        var check = Identity(ModelKind.WatchAll);
        Every(TenSeconds, TimeSpan.FromMinutes(3), check, _ => { });
        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, check.Probe());
        _node.HealthIsReachable = false;
        AssertFound(HealthStatus.Unhealthy, NmiUnreachable, check.Probe());
        _node.HealthIsReachable = true;

        AssertFound(HealthStatus.Unhealthy, IdentityNotBound, check.Probe());
    });

    [Fact]
    public Task A_supplied_credential_that_IMDS_has_answered_counts_again_once_NMI_answers() => SimulatedTime.RunAsync(() =>
    {
        _node.OfNode = [C];
        var check = Identity(ModelKind.Supplied, configure: o => o.ExpectedClientId = A);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Nmi = ModelNmi.Stopped;
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, _ => { }, skip: TenSeconds);
        AssertFound(HealthStatus.Unhealthy, IdentityMismatch, check.Probe());
        _node.Nmi = ModelNmi.Active;
        _time.Pass(TenSeconds);

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Theory]
    [InlineData(ModelKind.Own)]
    [InlineData(ModelKind.Watch)]
    public Task A_token_that_has_expired_by_a_step_of_the_clock_is_asked_for_again(ModelKind kind) => SimulatedTime.RunAsync(() =>
    {
        var check = Identity(kind, A, o => o.ResultLifetime = TimeSpan.FromMinutes(10));
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _clock.Turn(TimeSpan.FromHours(25));
        _time.Pass(TenSeconds);

        AssertFound(HealthStatus.Healthy, null, check.Probe());
        Assert.Equal(2, check.TokenRequests.Count());
    });

    [Fact]
    public Task A_token_that_stands_is_asked_for_again_before_it_is_too_short() => SimulatedTime.RunAsync(() =>
    {
        _node.TokenLifetime = TimeSpan.FromHours(1);
        var check = Identity(ModelKind.Watch, A, o => o.ResultLifetime = TimeSpan.FromHours(1));
        Every(TimeSpan.FromMinutes(1), TimeSpan.FromHours(3), check, found => AssertFound(HealthStatus.Healthy, null, found));

        Assert.InRange(check.TokenRequests.Count(), 3, 4);
    });

    [Theory]
    [InlineData(ModelNmi.Stopped, 1, C, A, B)]
    [InlineData(ModelNmi.Stopped, 15, C, A, B)]
    [InlineData(ModelNmi.Stopped, 15, C, B, A)]
    [InlineData(ModelNmi.Stopped, 15, A, A, B)]
    [InlineData(ModelNmi.Stopped, 15, B, A, B)]
    [InlineData(ModelNmi.Killed, 6, C, A, B)]
    [InlineData(ModelNmi.Killed, 6, C, B, A)]
    public Task So_they_are_after_NMI_was_gone(ModelNmi gone, int minutes, string ofNode, string one, string other) => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.OfNode) = ([A, B], [ofNode]);
        var check = Identity(configure: o => o.NmiHealthEndpoint = null);
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, _ => { });
        AssertFound(HealthStatus.Unhealthy, IdentityUnstable, check.Probe());
        _node.Nmi = gone;
        Every(TenSeconds, TimeSpan.FromMinutes(minutes), check, _ => { });
        (_node.Nmi, _node.Bound) = (ModelNmi.Active, [one]);
        _time.Pass(TimeSpan.FromSeconds(13));
        Every(TenSeconds, TimeSpan.FromSeconds(30), check, found => AssertFound(HealthStatus.Unhealthy, IdentityUnstable, found));
        _node.Bound = [one, other];
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, found => AssertFound(HealthStatus.Unhealthy, IdentityUnstable, found));

        _node.Bound = [A];
        Every(TenSeconds, TimeSpan.FromMinutes(3), check, _ => { });
        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    public static MatrixTheoryData<ModelNmi, string> Gaps => new([ModelNmi.Stopped, ModelNmi.Stopping, ModelNmi.Active], [A, B]);

    [Theory]
    [MemberData(nameof(Gaps))]
    public Task So_they_are_after_there_was_no_token_for_a_while(ModelNmi nmi, string next) => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.OfNode) = ([A, B], []);
        var check = Identity();
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, _ => { });
        AssertFound(HealthStatus.Unhealthy, IdentityUnstable, check.Probe());
        (_node.Nmi, _node.Imds) = (nmi, nmi is ModelNmi.Active ? ModelImds.Error : ModelImds.Fine);
        Every(TenSeconds, TimeSpan.FromMinutes(7), check, found => Assert.Equal(HealthStatus.Unhealthy, found.Status));
        (_node.Nmi, _node.Imds) = (ModelNmi.Active, ModelImds.Fine);
        _time.Pass(TimeSpan.FromSeconds(45));
        foreach (var bound in new string[][] { [next], [A, B], [B, A] })
        {
            _node.Bound = bound;
            Every(TenSeconds, TimeSpan.FromSeconds(30), check, found => AssertFound(HealthStatus.Unhealthy, IdentityUnstable, found));
        }
    });

    [Fact]
    public Task One_of_them_that_is_left_settles_although_every_second_attempt_fails() => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.OfNode) = ([A, B], []);
        var check = Identity(configure: o => o.RequiredResponder = PodIdentityResponder.Nmi);
        var period = TimeSpan.FromMinutes(1);
        Every(period, TimeSpan.FromMinutes(3), check, _ => { });
        AssertFound(HealthStatus.Unhealthy, IdentityUnstable, check.Probe());
        _node.Bound = [A];
        Every(period, TimeSpan.FromMinutes(13), check, _ => { }, before: () => _node.Nmi = _node.Nmi is ModelNmi.Active ? ModelNmi.Stopped : ModelNmi.Active);
        _node.Nmi = ModelNmi.Active;
        _time.Pass(period);

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Theory]
    [InlineData(ModelNmi.Stopped)]
    [InlineData(ModelNmi.Killed)]
    public Task One_of_them_that_is_left_settles_although_NMI_comes_and_goes(ModelNmi gone) => SimulatedTime.RunAsync(() =>
    {
        (_node.Bound, _node.OfNode) = ([A, B], [C]);
        var check = Identity(configure: o => o.NmiHealthEndpoint = null);
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, _ => { });
        _node.Bound = [A];
        for (var time = 0; time < 4; time++)
        {
            _node.Nmi = gone;
            Every(TenSeconds, TimeSpan.FromSeconds(20), check, _ => { });
            _node.Nmi = ModelNmi.Active;
            Every(TenSeconds, TimeSpan.FromSeconds(60), check, _ => { });
        }

        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Theory]
    [InlineData(ModelNmi.Stopped)]
    [InlineData(ModelNmi.Killed)]
    public Task Another_identity_than_before_NMI_was_gone_is_not_alone_yet(ModelNmi gone) => SimulatedTime.RunAsync(() =>
    {
        _node.OfNode = [C];
        var check = Identity(configure: o => o.NmiHealthEndpoint = null);
        AssertFound(HealthStatus.Healthy, null, check.Probe());
        _node.Nmi = gone;
        Every(TenSeconds, TimeSpan.FromMinutes(1), check, _ => { });
        (_node.Nmi, _node.Bound) = (ModelNmi.Active, [B]);
        _time.Pass(TimeSpan.FromSeconds(13));

        AssertFound(HealthStatus.Unhealthy, IdentityUnstable, check.Probe());
        Every(TenSeconds, TimeSpan.FromMinutes(3), check, _ => { });
        AssertFound(HealthStatus.Healthy, null, check.Probe());
    });

    [Theory]
    [InlineData(1.2)]
    [InlineData(0.95)]
    public Task The_NMI_check_asks_for_the_fingerprint_however_long_health_took(double seconds) => SimulatedTime.RunAsync(() =>
    {
        _node.HealthTakes = TimeSpan.FromSeconds(seconds);
        var check = Nmi(o => o.AttemptTimeout = TimeSpan.FromSeconds(seconds + 0.05));
        AssertFound(HealthStatus.Healthy, null, check.Probe());

        _node.Nmi = ModelNmi.Stopping;
        _time.Pass(TimeSpan.FromSeconds(3));
        AssertFound(HealthStatus.Unhealthy, NotIntercepted, check.Probe());
    });

    private static void AssertFound(HealthStatus status, PodIdentityFailureReason? reason, (HealthStatus, PodIdentityFailureReason?) found) =>
        Assert.Equal((status, reason), found);

    private ModelCheck Identity(ModelKind kind = ModelKind.Own, string? clientId = null, Action<PodIdentityHealthCheckOptions>? configure = null) =>
        Add(ModelCheck.OfIdentity(_node, _clock, kind, clientId, configure));

    private ModelCheck Nmi(Action<NmiHealthCheckOptions>? configure = null) => Add(ModelCheck.OfNmi(_node, _clock, configure));

    private ModelCheck Add(ModelCheck check)
    {
        _checks.Add(check);
        return check;
    }

    private void Every(
        TimeSpan period, TimeSpan span, ModelCheck check, Action<(HealthStatus Status, PodIdentityFailureReason? Reason)> assert, TimeSpan skip = default, Action? before = null)
    {
        _time.Pass(skip);
        for (var end = _clock.Elapsed + span; _clock.Elapsed < end; _time.Pass(period))
        {
            before?.Invoke();
            assert(check.Probe());
        }
    }

    private int MostRequestsIn(TimeSpan window, TimeSpan until)
    {
        var times = _node.TokenRequests.Select(r => r.At).Where(t => t <= until).ToArray();
        return times.Select(t => times.Count(o => o >= t && o - t <= window)).DefaultIfEmpty().Max();
    }
}
