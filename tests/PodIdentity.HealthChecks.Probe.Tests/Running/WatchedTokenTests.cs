using System.Net;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Tokens;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Probe.Tests.Running;

/// <summary>What a watch says of the token while there is no answer, and when it asks for one.</summary>
public sealed class WatchedTokenTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ResultLifetime = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _clock = new();
    private readonly Lines _lines = new();
    private readonly CancellationTokenSource _stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly ScriptedNode _node = new();
    private readonly TokenAttempt _watched;
    private Task _pending = Task.CompletedTask;

    public WatchedTokenTests()
    {
        var options = new PodIdentityHealthCheckOptions
        {
            TokenEndpoint = new Uri("http://169.254.169.254/metadata/identity/oauth2/token"),
            NmiHealthEndpoint = new Uri("http://10.0.0.1:8085/healthz"),
        };
        _watched = new TokenAttempt(options, (client, _) => new DirectTokenSource(client, options, isOnlyAttempt: false, _clock), _clock, _node.Connect)
        {
            Patience = Patience,
            ResultLifetime = ResultLifetime,
            OnPending = ended => _pending = SayProgressAsync(ended),
        };
    }

    public async ValueTask DisposeAsync()
    {
        _watched.Dispose();
        await _pending;
        _stopping.Dispose();
    }

    [Fact]
    public async Task A_token_in_order_is_not_asked_for_again_for_a_while()
    {
        _node.IssueToken(_clock.GetUtcNow().AddHours(24));

        await AskAsync(HealthStatus.Healthy, null);
        _clock.Advance(TimeSpan.FromSeconds(9));
        await AskAsync(HealthStatus.Healthy, null);
        Assert.Equal(1, _node.TokenRequests);

        _clock.Advance(TimeSpan.FromSeconds(4));
        await AskAsync(HealthStatus.Healthy, null);
        Assert.Equal(2, _node.TokenRequests);
    }

    [Fact]
    public async Task While_a_request_waits_NMI_is_looked_at_and_the_last_token_counts()
    {
        await ReceiveTokenAsync(_clock.GetUtcNow().AddHours(24));
        _node.FallSilent();

        await AskInVainAsync(HealthStatus.Degraded, IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await AskAsync(HealthStatus.Degraded, IdentityPending);
        Assert.Equal(2, _node.TokenRequests);

        // An NMI that is gone has refuted the last token, and what it would have said is not worth waiting for.
        _node.NmiIsAlive = false;
        await AskAsync(HealthStatus.Unhealthy, NmiUnreachable);
        _node.NmiIsAlive = true;
        await AskInVainAsync(HealthStatus.Unhealthy, IdentityPending);
        Assert.Equal(3, _node.TokenRequests);
    }

    [Fact]
    public async Task Without_a_token_that_is_valid_for_long_enough_it_is_failing()
    {
        await ReceiveTokenAsync(_clock.GetUtcNow().AddSeconds(330));
        _node.FallSilent();

        await AskInVainAsync(HealthStatus.Degraded, IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(100));
        await AskAsync(HealthStatus.Unhealthy, IdentityPending);
        _node.IssueToken(_clock.GetUtcNow().AddSeconds(-1));
        await _pending;

        await AskAsync(HealthStatus.Unhealthy, TokenExpiring);
    }

    [Fact]
    public async Task The_answer_counts_from_the_next_look_on()
    {
        await AskInVainAsync(HealthStatus.Unhealthy, IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(77));
        _node.Answer(HttpStatusCode.NotFound, "no azure identity found for request clientID", server: "");
        await _pending;

        await AskAsync(HealthStatus.Unhealthy, IdentityNotBound);
    }

    [Fact]
    public async Task What_NMI_has_said_stands_while_it_is_asked_again_and_says_nothing()
    {
        _node.Answer(HttpStatusCode.NotFound, "no azure identity found for request clientID", server: "");
        await AskAsync(HealthStatus.Unhealthy, IdentityNotBound);
        _node.FallSilent();

        await AskInVainAsync(HealthStatus.Unhealthy, IdentityNotBound);
        await AskAsync(HealthStatus.Unhealthy, IdentityNotBound);

        Assert.Equal(2, _node.TokenRequests);
    }

    [Fact]
    public async Task A_late_token_takes_back_what_NMI_had_said()
    {
        _node.Answer(HttpStatusCode.NotFound, "no azure identity found for request clientID", server: "");
        await AskAsync(HealthStatus.Unhealthy, IdentityNotBound);
        _node.FallSilent();
        await AskInVainAsync(HealthStatus.Unhealthy, IdentityNotBound);
        _node.IssueToken(_clock.GetUtcNow().AddHours(24));
        await _pending;
        _node.FallSilent();

        await AskInVainAsync(HealthStatus.Unhealthy, TimedOut);
    }

    [Fact]
    public async Task What_is_throttled_is_left_alone_for_as_long_as_it_asks_and_is_no_failure_of_the_pod()
    {
        await ReceiveTokenAsync(_clock.GetUtcNow().AddHours(24));
        _node.FallSilent();
        _node.Answer(HttpStatusCode.TooManyRequests, ScriptedNode.Throttled, retryAfter: TimeSpan.FromSeconds(90));

        await AskAsync(HealthStatus.Degraded, Throttled);
        _clock.Advance(TimeSpan.FromSeconds(89));
        await AskAsync(HealthStatus.Degraded, Throttled);
        Assert.Equal(2, _node.TokenRequests);

        _clock.Advance(TimeSpan.FromSeconds(2));
        await AskAsync(HealthStatus.Degraded, Throttled);
        Assert.Equal(3, _node.TokenRequests);
    }

    [Fact]
    public async Task A_late_token_is_asked_for_again()
    {
        await AskInVainAsync(HealthStatus.Unhealthy, IdentityPending);
        _node.IssueToken(_clock.GetUtcNow().AddHours(24));
        await _pending;

        await AskAsync(HealthStatus.Healthy, null);

        Assert.Equal(2, _node.TokenRequests);
    }

    [Fact]
    public async Task While_NMI_is_silent_it_is_asked_again_every_41_seconds()
    {
        await AskInVainAsync(HealthStatus.Unhealthy, IdentityPending);
        for (var seconds = 3; seconds < 123; seconds++)
        {
            await AskAsync(HealthStatus.Unhealthy, seconds <= 115 ? IdentityPending : TokenServiceError);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, _node.TokenRequests);
        await _pending;
        await AskInVainAsync(HealthStatus.Unhealthy, TokenServiceError);
        Assert.Equal(4, _node.TokenRequests);
    }

    [Fact]
    public async Task It_says_every_ten_seconds_that_it_waits_and_no_longer_than_it_does()
    {
        await AskInVainAsync(HealthStatus.Unhealthy, IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(20));
        _node.IssueToken(_clock.GetUtcNow().AddHours(24));
        await _pending;
        _clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(
            ["Still waiting after 10 s; at most 1 min 53 s left.", "Still waiting after 20 s; at most 1 min 43 s left."],
            _lines.All);
    }

    private async Task ReceiveTokenAsync(DateTimeOffset expiry)
    {
        _node.IssueToken(expiry);
        await AskAsync(HealthStatus.Healthy, null);
        _clock.Advance(ResultLifetime * 1.2);
    }

    /// <summary>As long as the watch is patient there may be an answer yet.</summary>
    private async Task AskInVainAsync(HealthStatus status, PodIdentityFailureReason? reason)
    {
        var (before, waiting) = (_node.TokenRequests, _clock.Waiting);
        var asked = _watched.RunAsync(_stopping.Token);

        // It is sent, and the patience has begun.
        while (_node.TokenRequests == before || _clock.Waiting == waiting)
        {
            await Task.Yield();
        }

        Assert.False(asked.IsCompleted);
        _clock.Advance(Patience);
        AssertVerdict(status, reason, await asked);
    }

    private async Task AskAsync(HealthStatus status, PodIdentityFailureReason? reason) =>
        AssertVerdict(status, reason, await _watched.RunAsync(_stopping.Token));

    /// <summary>The lines of progress end with the request.</summary>
    private async Task SayProgressAsync(Task ended)
    {
        using var progress = new ProgressLines(_clock, new TextReport(_lines), PendingTokenRequest.MaxWait);
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static void AssertVerdict(HealthStatus status, PodIdentityFailureReason? reason, Verdict verdict)
    {
        Assert.Equal((status, reason, verdict.Description), (verdict.Status, verdict.Reason, verdict.Description));
    }
}
