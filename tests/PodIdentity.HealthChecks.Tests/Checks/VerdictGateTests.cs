using Azure.Core;
using NSubstitute;
using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Checks;

/// <summary>Many callers, one attempt: sharing, reuse, cancellation, deadlines.</summary>
public sealed class VerdictGateTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TokenCredential _credential = Substitute.For<TokenCredential>();
    private readonly TaskCompletionSource<AccessToken> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calls;

    public VerdictGateTests() => _credential
        .GetTokenAsync(default, CancellationToken.None)
        .ReturnsForAnyArgs(call =>
        {
            Interlocked.Increment(ref _calls);
            _asked.TrySetResult();
            return new ValueTask<AccessToken>(_answer.Task);
        });

    [Fact]
    public async Task Ten_thousand_concurrent_callers_cause_one_request()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node, o => o.ResultLifetime = TimeSpan.FromHours(1));
        var health = pod.Services.GetRequiredService<HealthCheckService>();

        var reports = await Task.WhenAll(
            Enumerable.Range(0, 10_000).Select(_ => Task.Run(() => health.CheckHealthAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken)));

        Assert.All(reports, r => Assert.Equal(HealthStatus.Healthy, r.Status));
        Assert.Equal(1, node.TokenRequests());
    }

    [Fact]
    public async Task A_caller_that_cancels_does_not_cancel_the_others()
    {
        await using var pod = CheckedPod.WithCredential(_credential, o => o.ResultLifetime = TimeSpan.FromHours(1), _clock);
        using var impatient = new CancellationTokenSource();
        var first = pod.CheckUntilAsync(impatient.Token);
        await _asked.Task;
        var second = pod.CheckAsync();

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _answer.SetResult(Token());

        (await second).ShouldBeHealthy();
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task A_caller_that_has_already_cancelled_asks_nobody()
    {
        await using var pod = CheckedPod.WithCredential(_credential, time: _clock);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pod.CheckUntilAsync(new CancellationToken(canceled: true)));

        Assert.Equal(0, _calls);
    }

    [Fact]
    public async Task A_healthy_verdict_is_reused_for_its_lifetime_and_no_longer_than_a_fifth_more()
    {
        _answer.SetResult(Token());
        await using var pod = CheckedPod.WithCredential(_credential, o => o.ResultLifetime = TimeSpan.FromSeconds(10), _clock);
        await pod.CheckAsync();

        _clock.Advance(TimeSpan.FromSeconds(9.9));
        await pod.CheckAsync();
        Assert.Equal(1, _calls);

        _clock.Advance(TimeSpan.FromSeconds(2.2));
        await pod.CheckAsync();
        Assert.Equal(2, _calls);
    }

    [Fact]
    public async Task A_failure_is_reused_for_the_shorter_lifetime_of_failures()
    {
        _answer.SetException(new InvalidOperationException());
        await using var pod = CheckedPod.WithCredential(
            _credential, o => (o.ResultLifetime, o.FailureLifetime) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)), _clock);
        await pod.CheckAsync();

        _clock.Advance(TimeSpan.FromSeconds(1.9));
        await pod.CheckAsync();
        Assert.Equal(1, _calls);

        _clock.Advance(TimeSpan.FromSeconds(0.6));
        await pod.CheckAsync();
        Assert.Equal(2, _calls);
    }

    [Fact]
    public async Task Reuse_allocates_nothing()
    {
        _answer.SetResult(Token());
        await using var pod = CheckedPod.WithCredential(_credential, o => o.ResultLifetime = TimeSpan.FromHours(1), _clock);
        await pod.CheckAsync();
        var registration = Assert.Single(
            pod.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        var context = new HealthCheckContext { Registration = registration };
        var check = registration.Factory(pod.Services);
        await check.CheckHealthAsync(context, CancellationToken.None);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            if (!registration.Factory(pod.Services).CheckHealthAsync(context, CancellationToken.None).IsCompletedSuccessfully)
            {
                Assert.Fail("The verdict was not reused.");
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task A_credential_that_ignores_cancellation_is_left_behind_at_the_deadline_and_not_asked_twice()
    {
        await using var pod = CheckedPod.WithCredential(_credential, time: _clock);
        var first = pod.CheckAsync();
        await _asked.Task;
        _clock.Advance(TimeSpan.FromSeconds(3));

        (await first).ShouldFailFor(PodIdentityFailureReason.TimedOut);
        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.TimedOut);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task A_credential_that_came_back_late_is_asked_again()
    {
        await using var pod = CheckedPod.WithCredential(_credential, time: _clock);
        var first = pod.CheckAsync();
        await _asked.Task;
        _clock.Advance(TimeSpan.FromSeconds(3));
        (await first).ShouldFailFor(PodIdentityFailureReason.TimedOut);

        _answer.SetResult(Token());
        _clock.Advance(TimeSpan.FromSeconds(6.1));

        HealthReportEntry entry;
        do
        {
            // The back-off is over, and the late answer reaches the check on another thread.
            await Task.Yield();
            entry = await pod.CheckAsync();
        }
        while (entry.Status is not HealthStatus.Healthy);
        Assert.Equal(2, _calls);
    }

    [Fact]
    public async Task A_credential_that_blocks_its_thread_is_left_behind_at_the_deadline()
    {
        using var release = new ManualResetEventSlim();
        var blocking = Substitute.For<TokenCredential>();
        blocking.GetTokenAsync(default, CancellationToken.None).ReturnsForAnyArgs(_ =>
        {
            _asked.TrySetResult();
            release.Wait(TestContext.Current.CancellationToken);
            return new ValueTask<AccessToken>(Token());
        });
        await using var pod = CheckedPod.WithCredential(blocking, time: _clock);
        var check = pod.CheckAsync();
        await _asked.Task;
        _clock.Advance(TimeSpan.FromSeconds(3));

        (await check).ShouldFailFor(PodIdentityFailureReason.TimedOut);
        release.Set();
    }

    [Fact]
    public async Task Disposing_the_container_ends_an_attempt_in_flight_without_an_exception()
    {
        var pod = CheckedPod.WithCredential(_credential, time: _clock);
        var check = pod.CheckAsync();
        await _asked.Task;

        await pod.DisposeAsync();

        var entry = await check;
        Assert.Equal((HealthStatus.Unhealthy, null), (entry.Status, entry.Exception));
        Assert.Equal("There is no verdict: the application is stopping.", entry.Description);
    }

    [Fact]
    public async Task Two_registrations_keep_their_verdicts_apart()
    {
        var failing = Substitute.For<TokenCredential>();
        failing.GetTokenAsync(default, CancellationToken.None).ReturnsForAnyArgs<ValueTask<AccessToken>>(_ => throw new InvalidOperationException());
        _answer.SetResult(Token());
        await using var pod = CheckedPod.Create(checks => checks
            .AddPodIdentity(credentialFactory: _ => _credential, name: "one")
            .AddPodIdentity(credentialFactory: _ => failing, name: "other"), _clock);

        var report = await pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HealthStatus.Healthy, report.Entries["one"].Status);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["other"].Status);
    }

    [Fact]
    public async Task A_check_called_by_hand_without_a_registration_answers()
    {
        _answer.SetResult(Token());
        await using var pod = CheckedPod.WithCredential(_credential, time: _clock);
        var registration = Assert.Single(
            pod.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<HealthCheckServiceOptions>>().Value.Registrations);

        var result = await registration.Factory(pod.Services).CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);

        Assert.Equal(HealthStatus.Healthy, result.Status);
    }

    [Fact]
    public async Task A_caller_that_has_suppressed_the_flow_of_its_context_is_answered()
    {
        _answer.SetResult(Token());
        await using var pod = CheckedPod.WithCredential(_credential, time: _clock);
        var registration = Assert.Single(
            pod.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<HealthCheckServiceOptions>>().Value.Registrations);

        Task<HealthCheckResult> check;
        using (ExecutionContext.SuppressFlow())
        {
            check = registration.Factory(pod.Services).CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
        }

        Assert.Equal(HealthStatus.Healthy, (await check).Status);
    }

    private AccessToken Token() => new("opaque", _clock.GetUtcNow().AddHours(1));
}
