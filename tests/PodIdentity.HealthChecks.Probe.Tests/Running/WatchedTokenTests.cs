using System.Net;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
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
    private readonly TokenQuestion _question;
    private readonly WatchedToken _watched;

    public WatchedTokenTests()
    {
        var options = new PodIdentityHealthCheckOptions
        {
            TokenEndpoint = new Uri("http://169.254.169.254/metadata/identity/oauth2/token"),
            NmiHealthEndpoint = new Uri("http://10.0.0.1:8085/healthz"),
            AttemptTimeout = TimeSpan.FromSeconds(120),
        };
        _question = new TokenQuestion(options, _clock, isLast: false, _node.Connect);
        _watched = new WatchedToken(_question, ResultLifetime, Patience, _clock, () => new ProgressLines(_clock, new TextReport(_lines), options.AttemptTimeout));
    }

    /// <summary>One request waits in a process: it must not go on into the next test.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watched.Ended;
        _question.Dispose();
        _stopping.Dispose();
    }

    [Fact]
    public async Task A_token_in_order_is_not_asked_for_again_for_a_while()
    {
        _node.IssueToken(_clock.GetUtcNow().AddHours(24));

        await AskAsync(Severity.Healthy, null);
        _clock.Advance(TimeSpan.FromSeconds(9));
        await AskAsync(Severity.Healthy, null);
        Assert.Equal(1, _node.TokenRequests);

        _clock.Advance(TimeSpan.FromSeconds(4));
        await AskAsync(Severity.Healthy, null);
        Assert.Equal(2, _node.TokenRequests);
    }

    [Fact]
    public async Task While_a_request_waits_NMI_is_looked_at_and_the_last_token_counts()
    {
        await ReceiveTokenAsync(_clock.GetUtcNow().AddHours(24));
        _node.FallSilent();

        await AskInVainAsync(Severity.Degraded, IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await AskAsync(Severity.Degraded, IdentityPending);
        _node.NmiIsAlive = false;
        await AskAsync(Severity.Failing, NmiUnreachable);
        _node.NmiIsAlive = true;
        await AskAsync(Severity.Degraded, IdentityPending);

        Assert.Equal(2, _node.TokenRequests);
    }

    [Fact]
    public async Task Without_a_token_that_is_still_valid_it_is_failing()
    {
        await ReceiveTokenAsync(_clock.GetUtcNow().AddSeconds(330));
        _node.FallSilent();

        await AskInVainAsync(Severity.Degraded, IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(100));
        await AskAsync(Severity.Degraded, IdentityPending);
        _node.IssueToken(_clock.GetUtcNow().AddSeconds(-1));
        await EndOfRequestAsync();

        await AskAsync(Severity.Failing, TokenExpiring);
    }

    [Fact]
    public async Task The_answer_counts_from_the_next_look_on()
    {
        await AskInVainAsync(Severity.Failing, IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(77));
        _node.Answer(HttpStatusCode.NotFound, "no azure identity found for request clientID", server: "");
        await EndOfRequestAsync();

        await AskAsync(Severity.Failing, IdentityNotBound);
        Assert.Equal(1, _node.TokenRequests);
    }

    [Fact]
    public async Task What_NMI_has_said_stands_while_it_is_asked_again_and_says_nothing()
    {
        _node.Answer(HttpStatusCode.NotFound, "no azure identity found for request clientID", server: "");
        await AskAsync(Severity.Failing, IdentityNotBound);
        _node.FallSilent();

        await AskInVainAsync(Severity.Failing, IdentityNotBound);
        await AskAsync(Severity.Failing, IdentityNotBound);

        Assert.Equal(2, _node.TokenRequests);
    }

    [Fact]
    public async Task What_is_throttled_is_left_alone_for_as_long_as_it_asks_and_is_no_failure_of_the_pod()
    {
        await ReceiveTokenAsync(_clock.GetUtcNow().AddHours(24));
        _node.FallSilent();
        _node.Answer(HttpStatusCode.TooManyRequests, ScriptedNode.Throttled, retryAfter: TimeSpan.FromSeconds(90));

        await AskAsync(Severity.Degraded, Throttled);
        _clock.Advance(TimeSpan.FromSeconds(89));
        await AskAsync(Severity.Degraded, Throttled);
        Assert.Equal(2, _node.TokenRequests);

        _clock.Advance(TimeSpan.FromSeconds(2));
        await AskAsync(Severity.Degraded, Throttled);
        Assert.Equal(3, _node.TokenRequests);
    }

    [Fact]
    public async Task An_answer_that_nobody_came_for_in_time_is_asked_for_again()
    {
        await AskInVainAsync(Severity.Failing, IdentityPending);
        _node.IssueToken(_clock.GetUtcNow().AddHours(24));
        await EndOfRequestAsync();
        _clock.Advance(TimeSpan.FromSeconds(11));

        await AskAsync(Severity.Healthy, null);

        Assert.Equal(2, _node.TokenRequests);
    }

    [Fact]
    public async Task It_says_every_ten_seconds_that_it_waits_and_no_longer_than_it_does()
    {
        await AskInVainAsync(Severity.Failing, IdentityPending);
        _clock.Advance(TimeSpan.FromSeconds(18));
        _node.IssueToken(_clock.GetUtcNow().AddHours(24));
        await EndOfRequestAsync();
        _clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(
            ["Waiting for an answer, for 10 s by now; 1 min 50 s left at most.", "Waiting for an answer, for 20 s by now; 1 min 40 s left at most."],
            _lines.All);
    }

    private async Task ReceiveTokenAsync(DateTimeOffset expiry)
    {
        _node.IssueToken(expiry);
        await AskAsync(Severity.Healthy, null);
        _clock.Advance(ResultLifetime * 1.2);
    }

    /// <summary>As long as the watch is patient there may be an answer yet.</summary>
    private async Task AskInVainAsync(Severity severity, PodIdentityFailureReason? reason)
    {
        var before = _node.TokenRequests;
        var asked = _watched.AskAsync(_stopping.Token);

        // It is sent; and the deadline, the lines of progress and the patience have begun.
        while (_node.TokenRequests == before || _clock.Waiting < 3)
        {
            await Task.Yield();
        }

        Assert.False(asked.IsCompleted);
        _clock.Advance(Patience);
        AssertAnswer(severity, reason, await asked);
    }

    private async Task AskAsync(Severity severity, PodIdentityFailureReason? reason) =>
        AssertAnswer(severity, reason, await _watched.AskAsync(_stopping.Token));

    /// <summary>The lines of progress end with the request.</summary>
    private async Task EndOfRequestAsync()
    {
        await _watched.Ended;
        while (_clock.Waiting > 0)
        {
            await Task.Yield();
        }
    }

    private static void AssertAnswer(Severity severity, PodIdentityFailureReason? reason, IReadOnlyList<Answer> answers)
    {
        var verdict = Assert.Single(answers).Verdict;
        Assert.Equal((severity, reason, verdict.Description), (verdict.Severity, verdict.Reason, verdict.Description));
    }
}
