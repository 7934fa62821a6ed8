using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>A throttled IMDS is not asked harder, and throttling alone takes no pod out of service.</summary>
public sealed class ThrottlingTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private PodIdentitySimulator _node = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = _clock, TestContext.Current.CancellationToken);
        await _node.Nmi.SetStateAsync(NmiState.Stopped);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_throttled_pod_is_degraded_while_its_last_token_is_valid_and_fails_when_that_has_expired()
    {
        _node.Imds.TokenLifetime = TimeSpan.FromHours(1);
        await using var pod = Direct();
        (await pod.CheckAsync()).ShouldBeHealthy();
        _node.Imds.Fault = ImdsFault.Throttled;

        var entry = await pod.CheckAsync();
        Assert.Equal((HealthStatus.Degraded, Throttled), (entry.Status, entry.Reason()));

        _clock.Advance(TimeSpan.FromHours(1));
        (await pod.CheckAsync()).ShouldFailFor(Throttled);
    }

    [Fact]
    public async Task Throttled_before_a_first_token_it_fails()
    {
        _node.Imds.Fault = ImdsFault.Throttled;
        await using var pod = Direct();

        (await pod.CheckAsync()).ShouldFailFor(Throttled);
    }

    [Fact]
    public async Task It_asks_again_after_5_10_20_40_60_and_60_seconds_give_or_take_a_fifth()
    {
        _node.Imds.Fault = ImdsFault.Throttled;
        await using var pod = Direct();
        await pod.CheckAsync();

        foreach (var wait in new[] { 5, 10, 20, 40, 60, 60 })
        {
            Assert.InRange(await SecondsUntilNextRequestAsync(pod), wait * 0.8, (wait * 1.2) + 0.5);
        }
    }

    [Fact]
    public async Task Retry_After_is_honoured()
    {
        _node.Imds.Fault = ImdsFault.Throttled;
        _node.Imds.RetryAfter = TimeSpan.FromSeconds(30);
        await using var pod = Direct();
        await pod.CheckAsync();

        Assert.InRange(await SecondsUntilNextRequestAsync(pod), 30, 30.5);
    }

    [Fact]
    public async Task Retry_After_of_a_day_does_not_blind_the_check_for_a_day()
    {
        _node.Imds.Fault = ImdsFault.Throttled;
        _node.Imds.RetryAfter = TimeSpan.FromDays(1);
        await using var pod = Direct();
        await pod.CheckAsync();

        Assert.InRange(await SecondsUntilNextRequestAsync(pod), 300, 300.5);
    }

    [Fact]
    public async Task A_success_ends_the_back_off()
    {
        _node.Imds.Fault = ImdsFault.Throttled;
        await using var pod = Direct();
        await pod.CheckAsync();
        await SecondsUntilNextRequestAsync(pod);
        _node.Imds.Fault = ImdsFault.None;
        await SecondsUntilNextRequestAsync(pod);
        (await pod.CheckAsync()).ShouldBeHealthy();
        _node.Imds.Fault = ImdsFault.Throttled;
        await pod.CheckAsync();

        Assert.InRange(await SecondsUntilNextRequestAsync(pod), 4, 6.5);
    }

    private CheckedPod Direct() => CheckedPod.WithIdentity(_node, o => o.NmiHealthEndpoint = null, _clock);

    private async Task<double> SecondsUntilNextRequestAsync(CheckedPod pod)
    {
        var before = _node.TokenRequests();
        var start = _clock.GetTimestamp();
        do
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            await pod.CheckAsync();
        }
        while (_node.TokenRequests() == before);
        return _clock.GetElapsedTime(start).TotalSeconds;
    }
}
