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

    [Fact]
    public async Task An_answer_that_has_come_is_taken_although_the_next_request_is_due()
    {
        var (pending, sent) = Begin();
        await SendNextAsync();
        sent[0].Answer(Refusal);
        Assert.Equal(404, (await pending.Answer).Status);
        sent[1].Answer(new TokenExchange { Endpoint = "http://h/t", Token = new TokenFacts(TokenIdentity.Unverifiable, ExpiresOn: null) });
        _clock.Advance(PendingTokenRequest.ResendAfter * 2);

        Assert.True(pending.TryContinue());
        Assert.NotNull((await pending.Answer).Token);
    }

    [Fact]
    public async Task A_refusal_ends_the_requests_that_are_older_and_no_other()
    {
        var (pending, sent) = Begin();
        await SendNextAsync();
        await SendNextAsync();
        sent[1].Answer(Refusal);
        await pending.Answer;

        Assert.Equal([true, false, false], sent.Select(s => s.IsAbandoned));
        pending.Cancel();
        Assert.True(sent[2].IsAbandoned);
    }

    [Fact]
    public async Task What_was_sent_before_NMI_was_missed_is_given_up_without_a_word()
    {
        var (pending, sent) = Begin();
        _clock.Advance(TimeSpan.FromSeconds(1));
        pending.LookedForNmi(isThere: false);
        pending.LookedForNmi(isThere: true);
        for (var due = 1; due <= 3; due++)
        {
            await SendNextAsync();
        }

        Assert.Equal([true, false, false, false], sent.Select(s => s.IsAbandoned));
        await SendNextAsync();
        var silence = await pending.Answer;
        Assert.Equal(TransportFailure.TimedOut, silence.Failure);
        Assert.True(silence.Waited >= PendingTokenRequest.MaxWait);
    }

    [Fact]
    public async Task NMI_is_not_called_silent_for_longer_than_a_request_that_counts_has_been_out()
    {
        var (pending, _) = Begin();
        _clock.Advance(TimeSpan.FromSeconds(1));
        pending.LookedForNmi(isThere: false);
        pending.LookedForNmi(isThere: true);
        await SendNextAsync();
        await SendNextAsync();
        _clock.Advance(TimeSpan.FromSeconds(40));

        // It refuses 112 s after a request at the latest, and the first one that counts was sent after 41 s.
        Assert.Equal(FailureTable.LongestWaitOfNmi, pending.Waited);
    }

    private static TokenExchange Refusal => new() { Endpoint = "http://h/t", Status = 404, Responder = PodIdentityResponder.Nmi };

    private (PendingTokenRequest Pending, List<FakeRequest> Sent) Begin()
    {
        var sent = new List<FakeRequest>();
        return (new PendingTokenRequest(Send(), _clock.GetTimestamp(), Send, _clock), sent);

        TokenRequestInFlight Send()
        {
            sent.Add(new FakeRequest());
            return sent[^1].Send(_clock.GetTimestamp());
        }
    }

    private async Task SendNextAsync()
    {
        await _clock.WhenWaiting(wait => wait > TimeSpan.FromSeconds(39));
        _clock.Advance(_clock.NextDue!.Value);
    }

#pragma warning disable CA1001 // Its cancellation has no timer and no link, so there is nothing to dispose.
    private sealed class FakeRequest
#pragma warning restore CA1001
    {
        private readonly TaskCompletionSource<TokenReply> _reply = new();
        private readonly CancellationTokenSource _life = new();

        public bool IsAbandoned { get; private set; }

        public TokenRequestInFlight Send(long at)
        {
            _life.Token.Register(() => IsAbandoned = true);
            return new(_reply.Task, "http://h/t", at, _life);
        }

        public void Answer(TokenExchange exchange) => _reply.SetResult(new TokenReply(exchange));
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
