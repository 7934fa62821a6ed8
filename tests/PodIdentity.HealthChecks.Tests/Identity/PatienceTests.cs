using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>NMI is alive and says nothing for a minute or two: the request of the attempt stays pending, and nothing else is asked meanwhile.</summary>
public sealed class PatienceTests : IAsyncLifetime
{
    /// <summary>How long a check waits in MSAL's queue.</summary>
    private static readonly TimeSpan Queue = TimeSpan.FromSeconds(0.3);

    private readonly ManualTimeProvider _clock = new();
    private readonly ManualTimeProvider _nmiClock = new();
    private PodIdentitySimulator _node = null!;
    private int _answered;

    public async ValueTask InitializeAsync() =>
        _node = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = _nmiClock, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task An_unbound_pod_is_pending_until_NMI_says_that_it_is_not_bound()
    {
        _node.Pod.UnbindAll();
        await using var pod = CheckedPod.WithIdentity(_node, time: _clock);

        (await RunIntoTheDeadlineAsync(pod)).ShouldFailFor(IdentityPending);
        (await pod.CheckAsync()).ShouldFailFor(IdentityPending);
        var (entry, waited) = await WaitForAnotherReasonAsync(pod);

        entry.ShouldFailFor(IdentityNotBound);
        Assert.InRange(waited, TimeSpan.FromSeconds(75), TimeSpan.FromSeconds(110));

        // The request of the attempt, which stayed pending, and those 41 s and 82 s later.
        (await pod.CheckAsync()).ShouldFailFor(IdentityNotBound);
        Assert.InRange(_node.TokenRequests(), 2, 3);
    }

    [Fact]
    public async Task A_binding_that_comes_late_is_noticed_by_the_request_that_waits()
    {
        var identity = _node.BoundIdentity();
        _node.Pod.UnbindAll();
        await using var pod = CheckedPod.WithIdentity(_node, time: _clock);
        (await RunIntoTheDeadlineAsync(pod)).ShouldFailFor(IdentityPending);

        _node.Pod.Bind(identity);
        var (entry, waited) = await WaitForAnotherReasonAsync(pod);

        entry.ShouldBeHealthy();
        Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.Equal(identity.ClientId, entry.Data[PodIdentityDataKeys.ClientId]);
    }

    [Fact]
    public async Task While_it_waits_a_pod_whose_last_token_is_valid_is_only_degraded()
    {
        await using var pod = CheckedPod.WithIdentity(_node, time: _clock);
        (await pod.CheckAsync()).ShouldBeHealthy();
        _node.Imds.Fault = ImdsFault.Throttled;

        var entry = await RunIntoTheDeadlineAsync(pod);
        Assert.Equal((HealthStatus.Degraded, IdentityPending), (entry.Status, entry.Reason()));

        (entry, _) = await WaitForAnotherReasonAsync(pod);
        Assert.Equal((HealthStatus.Degraded, Throttled), (entry.Status, entry.Reason()));
    }

    [Theory]
    [InlineData(ImdsFault.Throttled, Throttled)]
    [InlineData(ImdsFault.InternalError, TokenServiceError)]
    [InlineData(ImdsFault.Updating, TokenServiceUpdating)]
    [InlineData(ImdsFault.Refuse, TokenServiceError)]
    [InlineData(ImdsFault.Hang, TokenServiceError)]
    [InlineData(ImdsFault.Drop, TokenServiceError)]
    public async Task What_is_wrong_with_IMDS_behind_NMI_is_known_within_two_minutes(ImdsFault fault, PodIdentityFailureReason reason)
    {
        _node.Imds.Fault = fault;
        await using var pod = CheckedPod.WithIdentity(_node, time: _clock);
        (await RunIntoTheDeadlineAsync(pod)).ShouldFailFor(IdentityPending);

        var (entry, waited) = await WaitForAnotherReasonAsync(pod);

        entry.ShouldFailFor(reason);
        Assert.InRange(waited, TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(135));

        // After 0, 41 and 82 s, and perhaps after 123 s.
        Assert.InRange(_node.TokenRequests(), 3, 4);
    }

    [Theory]
    [InlineData(NmiState.Killed, NmiUnreachable, NmiUnreachable)]
    [InlineData(NmiState.Stopped, NmiUnreachable, NotIntercepted)]
    [InlineData(NmiState.NotActive, NmiNotActive, NmiNotActive)]
    [InlineData(NmiState.Stopping, NotIntercepted, NotIntercepted)]
    public async Task NMI_that_goes_away_meanwhile_is_seen_at_once(NmiState state, PodIdentityFailureReason reason, PodIdentityFailureReason ifAskedAgain)
    {
        _node.Imds.Fault = ImdsFault.Throttled;
        await using var pod = CheckedPod.WithIdentity(_node, o => o.RequiredResponder = PodIdentityResponder.Nmi, _clock);
        (await RunIntoTheDeadlineAsync(pod)).ShouldFailFor(IdentityPending);

        await _node.Nmi.SetStateAsync(state);

        // The pending request may have broken off by then, and is sent again.
        var entry = await pod.CheckAsync();
        Assert.Contains(entry.Reason(), new PodIdentityFailureReason?[] { reason, ifAskedAgain });
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
    }

    [Fact]
    public async Task Where_NMIs_health_is_not_known_the_fingerprint_tells_that_NMI_went_away()
    {
        _node.Pod.UnbindAll();
        await using var pod = CheckedPod.WithIdentity(_node, o => o.NmiHealthEndpoint = null, _clock);
        (await RunIntoTheDeadlineAsync(pod)).ShouldFailFor(IdentityPending);

        await _node.Nmi.SetStateAsync(NmiState.Stopping);

        (await pod.CheckAsync()).ShouldFailFor(NotIntercepted);
    }

    [Fact]
    public async Task The_request_that_waits_does_not_hold_up_the_applications_own_tokens()
    {
        _node.Pod.UnbindAll();
        await using var other = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(_node, time: _clock);
        (await RunIntoTheDeadlineAsync(pod)).ShouldFailFor(IdentityPending);

        var token = await AppCredential.For(other, other.BoundIdentity().ClientId).TokenFor("https://vault.azure.net");

        Assert.NotEqual(default, token.ExpiresOn);
    }

    [Fact]
    public async Task A_check_that_NMI_lets_wait_holds_up_none_with_a_credential_of_yours()
    {
        _node.Pod.UnbindAll();
        await using var other = await Node.StartAsync();
        await using var unbound = CheckedPod.WithIdentity(_node, time: _clock);
        await using var yours = CheckedPod.WithCredential(AppCredential.For(other, other.BoundIdentity().ClientId), time: _clock);
        var waiting = unbound.CheckAsync();
        await _node.WhenRequests(IsTokenRequest, 1, TestContext.Current.CancellationToken);

        var check = yours.CheckAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));

        (await check).ShouldBeHealthy();
        _clock.Advance(TimeSpan.FromSeconds(2));
        (await waiting).ShouldFailFor(IdentityPending);
        Assert.Equal(1, _node.TokenRequests());
    }

    [Fact]
    public async Task Two_checks_of_a_process_have_a_pending_request_each()
    {
        _node.Pod.UnbindAll();
        await using var one = CheckedPod.WithIdentity(_node, time: _clock);
        await using var other = CheckedPod.WithIdentity(_node, time: _clock);
        (await RunIntoTheDeadlineAsync(one)).ShouldFailFor(IdentityPending);
        (await RunIntoTheDeadlineAsync(other)).ShouldFailFor(IdentityPending);

        (await WaitForAnotherReasonAsync(other)).Entry.ShouldFailFor(IdentityNotBound);
        (await WaitForAnotherReasonAsync(one)).Entry.ShouldFailFor(IdentityNotBound);
    }

    [Fact]
    public async Task Checks_of_an_application_do_not_wait_for_each_other()
    {
        _node.Imds.Latency = TimeSpan.FromSeconds(2.5);
        await using var pod = TwoChecks();

        for (var round = 0; round < 3; round++)
        {
            var report = ReportOf(pod);
            await _node.WhenRequests(IsTokenRequest, (round + 1) * 2, TestContext.Current.CancellationToken);
            while (!report.IsCompleted)
            {
                _nmiClock.Advance(_node.Imds.Latency);
                await Task.Yield();
            }

            Assert.Equal(HealthStatus.Healthy, (await report).Status);
        }
    }

    [Fact]
    public async Task A_check_asks_by_itself_before_MSALs_queue_has_cost_it_its_time()
    {
        _node.Imds.Latency = TimeSpan.FromSeconds(2.6);
        await using var other = await Node.StartAsync();
        other.Pod.UnbindAll();
        await using var pod = CheckedPod.WithIdentity(_node, time: _clock);
        using var leaving = new CancellationTokenSource();
        var traffic = AppCredential.For(other, "6f9619ff-8b86-d011-b42d-00c04fc964ff")
            .GetTokenAsync(new Azure.Core.TokenRequestContext(["https://vault.azure.net/.default"]), leaving.Token).AsTask();
        await other.WhenRequests(IsTokenRequest, 1, TestContext.Current.CancellationToken);

        var check = pod.CheckAsync();
        await _clock.WhenWaitingFor(Queue);
        _clock.Advance(Queue);
        await _node.WhenRequests(IsTokenRequest, 1, TestContext.Current.CancellationToken);
        await _nmiClock.WhenWaitingFor(_node.Imds.Latency);
        _clock.Advance(_node.Imds.Latency);
        _nmiClock.Advance(_node.Imds.Latency);

        (await check).ShouldBeHealthy();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => traffic);
    }

    [Fact]
    public async Task Checks_of_an_application_find_the_same_reason()
    {
        await using var pod = TwoChecks();
        _node.Pod.UnbindAll();

        var report = ReportOf(pod);
        await _node.WhenRequests(IsTokenRequest, 2, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(3));

        Assert.All((await report).Entries.Values, e => e.ShouldFailFor(IdentityPending));
    }

    [Fact]
    public async Task Of_two_identities_without_a_binding_both_are_pending()
    {
        _node.Pod.UnbindAll();
        var otherClock = new ManualTimeProvider();
        await using var one = CheckedPod.WithIdentity(_node, time: _clock);
        await using var other = CheckedPod.WithIdentity(_node, time: otherClock);
        var first = one.CheckAsync();
        await _node.WhenRequests(IsTokenRequest, 1, TestContext.Current.CancellationToken);

        var second = other.CheckAsync();
        await otherClock.WhenWaitingFor(Queue);
        otherClock.Advance(Queue);
        await _node.WhenRequests(IsTokenRequest, 2, TestContext.Current.CancellationToken);
        otherClock.Advance(TimeSpan.FromSeconds(3) - Queue);

        (await second).ShouldFailFor(IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(3));
        (await first).ShouldFailFor(IdentityPending);
    }

    [Fact]
    public async Task A_request_that_was_sent_late_in_its_attempt_is_repeated_no_sooner_for_that()
    {
        _node.Pod.UnbindAll();
        var otherClock = new ManualTimeProvider();
        await using var one = CheckedPod.WithIdentity(_node, time: _clock);
        await using var patient = CheckedPod.WithIdentity(_node, o => o.AttemptTimeout = TimeSpan.FromSeconds(60), otherClock);
        var first = one.CheckAsync();
        await _node.WhenRequests(IsTokenRequest, 1, TestContext.Current.CancellationToken);

        var second = patient.CheckAsync();
        await otherClock.WhenWaitingFor(TimeSpan.FromSeconds(1));
        otherClock.Advance(TimeSpan.FromSeconds(1));
        await _node.WhenRequests(IsTokenRequest, 2, TestContext.Current.CancellationToken);
        otherClock.Advance(TimeSpan.FromSeconds(40));

        // It is repeated 41 s after it was sent.
        await Task.WhenAny(
            otherClock.WhenWaitingFor(TimeSpan.FromSeconds(1)), _node.WhenRequests(IsTokenRequest, 3, TestContext.Current.CancellationToken));
        Assert.Equal(2, _node.TokenRequests());
        await otherClock.WhenWaitingFor(TimeSpan.FromSeconds(19));
        otherClock.Advance(TimeSpan.FromSeconds(19));
        (await second).ShouldFailFor(IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(3));
        (await first).ShouldFailFor(IdentityPending);
    }

    [Fact]
    public async Task A_request_that_NMI_lets_wait_does_not_hold_up_the_check_of_another_identity()
    {
        _node.Pod.UnbindAll();
        await using var other = await Node.StartAsync();
        var otherClock = new ManualTimeProvider();
        await using var unbound = CheckedPod.WithIdentity(_node, time: _clock);
        await using var bound = CheckedPod.WithIdentity(other, time: otherClock);
        var waiting = unbound.CheckAsync();
        await _node.WhenRequests(IsTokenRequest, 1, TestContext.Current.CancellationToken);

        // MSAL lets no second request of the process out meanwhile, so the check soon sends its own.
        var check = bound.CheckAsync();
        await otherClock.WhenWaitingFor(Queue);
        otherClock.Advance(Queue);

        (await check).ShouldBeHealthy();
        Assert.Equal(1, other.TokenRequests());
        _clock.Advance(TimeSpan.FromSeconds(3));
        (await waiting).ShouldFailFor(IdentityPending);
    }

    private static bool IsTokenRequest(SimulatedRequest request) =>
        !request.Forwarded && request.Path.StartsWith("/metadata/identity", StringComparison.Ordinal);

    private static Task<HealthReport> ReportOf(CheckedPod pod) =>
        pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

    /// <summary>One application, two identities.</summary>
    private CheckedPod TwoChecks()
    {
        _node.Pod.Bind(new SimulatedIdentity("other"));
        return CheckedPod.Create(
            checks =>
            {
                foreach (var identity in _node.Pod.Bound)
                {
                    checks.AddPodIdentity(CheckedPod.Options(_node, o => o.ClientId = identity.ClientId), identity.Name);
                }
            },
            _clock);
    }

    private async Task<HealthReportEntry> RunIntoTheDeadlineAsync(CheckedPod pod)
    {
        _answered = _node.TokenRequests();
        var check = pod.CheckAsync();
        await _node.WhenRequests(IsTokenRequest, _answered + 1, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(3));
        return await check;
    }

    /// <summary>Lets time pass for NMI and the check alike, a second at a time, with a probe at each.</summary>
    private async Task<(HealthReportEntry Entry, TimeSpan Waited)> WaitForAnotherReasonAsync(CheckedPod pod)
    {
        var start = _clock.GetTimestamp();
        HealthReportEntry entry;
        while ((entry = await pod.CheckAsync()).Reason() is IdentityPending)
        {
            // Until NMI has come to its next wait for each of the requests, its time stands still.
            if (_node.Imds.Fault is ImdsFault.Hang || _nmiClock.Waiting >= _node.TokenRequests() - _answered)
            {
                _nmiClock.Advance(TimeSpan.FromSeconds(1));
                _clock.Advance(TimeSpan.FromSeconds(1));
            }
        }

        return (entry, _clock.GetElapsedTime(start));
    }
}
