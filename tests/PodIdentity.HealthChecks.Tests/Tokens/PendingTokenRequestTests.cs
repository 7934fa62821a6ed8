using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Tokens;

/// <summary>How often a request is sent that NMI does not answer.</summary>
public sealed class PendingTokenRequestTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task It_is_sent_three_times_even_if_each_timer_is_a_millisecond_early()
    {
        using var life = new CancellationTokenSource();
        var time = new EarlyTimers(_clock);
        var sent = 0;
        var pending = new PendingTokenRequest(Send(), time.GetTimestamp(), Send, time);
        for (var due = 1; due <= 3; due++)
        {
            await _clock.WhenWaiting(wait => wait > TimeSpan.FromSeconds(40));
            _clock.Advance(_clock.NextDue!.Value);
        }

        Assert.Same(pending.Answer, await Task.WhenAny(pending.Answer, _clock.WhenWaiting(wait => wait > TimeSpan.FromSeconds(40))));
        var silence = await pending.Answer;
        Assert.Equal((3, TransportFailure.TimedOut, PendingTokenRequest.MaxWait), (sent, silence.Failure, silence.Waited));

        TokenRequestInFlight Send()
        {
            sent++;
            return new TokenRequestInFlight(new TaskCompletionSource<TokenReply>().Task, "http://h/t", time.GetTimestamp(), life);
        }
    }

    private sealed class EarlyTimers(ManualTimeProvider clock) : TimeProvider
    {
        public override long TimestampFrequency => clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, dueTime - TimeSpan.FromMilliseconds(1), period);
    }
}
