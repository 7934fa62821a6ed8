using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Tests.Model;
using PodIdentity.HealthChecks.Tokens;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Checks;

/// <summary>When a token source is asked, and what stands when it is not asked or has nothing new to say.</summary>
public sealed class TokenAttemptTests
{
    private static readonly Uri Health = new("http://10.0.0.1:8085/healthz");

    private static readonly TokenExchange Token = new()
    {
        Endpoint = "http://h/t",
        Status = 200,
        Responder = PodIdentityResponder.Imds,
        Token = new TokenFacts(TokenIdentity.Unverifiable, TimeProvider.System.GetUtcNow().AddDays(1)),
    };

    private static readonly TokenExchange Refusal =
        new() { Endpoint = "http://h/t", Status = 404, Responder = PodIdentityResponder.Nmi, Known = KnownAnswer.NoIdentityFound };

    private static readonly TokenExchange Silence = new() { Endpoint = "http://h/t", Failure = TransportFailure.TimedOut };

    private static readonly TokenExchange SilenceOfSupplied = Silence with { Endpoint = null };

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task No_token_is_asked_for_while_the_last_one_is_fresh()
    {
        var source = new ScriptedSource(Token, Token);
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => source, _clock) { ResultLifetime = TimeSpan.FromSeconds(10) };

        Assert.Equal((HealthStatus.Healthy, 1), (await RunAsync(attempt), source.Asked));
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal((HealthStatus.Healthy, 1), (await RunAsync(attempt), source.Asked));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((HealthStatus.Healthy, 2), (await RunAsync(attempt), source.Asked));
    }

    [Fact]
    public async Task A_page_in_Entras_place_does_not_take_a_refusal_back()
    {
        var refusal = new TokenExchange { Endpoint = "https://h/t", ToEntra = true, Status = 401, Responder = PodIdentityResponder.Entra, EntraError = 700213 };
        var source = new ScriptedSource(refusal, refusal with { Status = 403, EntraError = null });
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => source, _clock);

        var verdict = await attempt.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((PodIdentityFailureReason.TokenRejected, 2), (verdict.Reason, source.Asked));
    }

    [Fact]
    public async Task A_refusal_stands_for_the_lifetime_of_a_failure()
    {
        var refusal = new TokenExchange { Endpoint = "https://h/t", ToEntra = true, Status = 401, Responder = PodIdentityResponder.Entra, EntraError = 700213 };
        var source = new ScriptedSource(refusal, refusal, Token);
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => source, _clock) { FailureLifetime = TimeSpan.FromSeconds(15) };

        Assert.Equal((HealthStatus.Unhealthy, 2), (await RunAsync(attempt), source.Asked));
        _clock.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal((HealthStatus.Unhealthy, 2), (await RunAsync(attempt), source.Asked));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((HealthStatus.Healthy, 3), (await RunAsync(attempt), source.Asked));
    }

    [Fact]
    public async Task So_does_a_token_that_had_expired_when_it_came()
    {
        var expired = Token with { Token = new TokenFacts(TokenIdentity.Unverifiable, _clock.GetUtcNow().AddHours(-1)) };
        var source = new ScriptedSource(expired, Token);
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => source, _clock) { FailureLifetime = TimeSpan.FromSeconds(15) };

        Assert.Equal((TokenExpiring, 1), (await ReasonAsync(attempt), source.Asked));
        _clock.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal((TokenExpiring, 1), (await ReasonAsync(attempt), source.Asked));
    }

    [Fact]
    public async Task An_IMDS_that_is_silent_is_not_asked_again_at_once()
    {
        var node = new ModelNode(_clock) { Nmi = ModelNmi.Stopped };
        var source = new ScriptedSource(Silence, Token);
        using var attempt = Attempt(source, node);

        Assert.Equal((HealthStatus.Unhealthy, 1), (await RunAsync(attempt), source.Asked));
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal((HealthStatus.Unhealthy, 1), (await RunAsync(attempt), source.Asked));
        _clock.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal((HealthStatus.Healthy, 2), (await RunAsync(attempt), source.Asked));
    }

    [Fact]
    public async Task A_token_that_the_check_got_by_itself_lets_the_credential_be_asked_again_after_a_back_off()
    {
        var (node, reply) = (new ModelNode(_clock), new TaskCompletionSource<TokenReply>());
        using var life = new CancellationTokenSource();
        var source = new ScriptedSource(SilenceOfSupplied with { MayBeUnsent = true }, Token)
        {
            Resend = () => new TokenRequestInFlight(reply.Task, "http://h/t", _clock.GetTimestamp(), life),
        };
        using var attempt = Attempt(source, node);

        Assert.Contains("may not have sent", (await attempt.RunAsync(TestContext.Current.CancellationToken)).Description, StringComparison.Ordinal);
        Assert.Equal((HealthStatus.Unhealthy, 1), (await RunAsync(attempt), source.Asked));
        _clock.Advance(TimeSpan.FromSeconds(2));
        reply.SetResult(new TokenReply(Token));

        Assert.Contains("the token took 2 s", (await attempt.RunAsync(TestContext.Current.CancellationToken)).Description, StringComparison.Ordinal);
        Assert.Equal((HealthStatus.Unhealthy, 1), (await RunAsync(attempt), source.Asked));
        _clock.Advance(TimeSpan.FromSeconds(6.5));
        Assert.Equal((HealthStatus.Healthy, 2), (await RunAsync(attempt), source.Asked));
    }

    [Fact]
    public async Task What_the_check_gets_after_NMIs_refusal_is_not_the_verdict_either_and_takes_the_refusal_back()
    {
        var node = new ModelNode(_clock);
        using var life = new CancellationTokenSource();
        var source = new ScriptedSource(Refusal, SilenceOfSupplied with { MayBeUnsent = true })
        {
            Resend = () => new TokenRequestInFlight(Task.FromResult(new TokenReply(Token)), "http://h/t", _clock.GetTimestamp(), life),
        };
        var options = new PodIdentityHealthCheckOptions { AttemptTimeout = TimeSpan.FromMinutes(2) };
        using var attempt = Attempt(source, node, options);
        Assert.Equal(IdentityNotBound, await ReasonAsync(attempt));

        var run = attempt.RunAsync(TestContext.Current.CancellationToken);
        await _clock.WhenWaitingFor(PendingTokenRequest.ResendAfter);
        _clock.Advance(PendingTokenRequest.ResendAfter);

        Assert.Equal(TimedOut, (await run).Reason);
        Assert.Equal(2, source.Asked);
    }

    [Fact]
    public async Task The_refusal_that_the_check_gets_by_itself_is_the_verdict()
    {
        var node = new ModelNode(_clock);
        using var life = new CancellationTokenSource();
        var source = new ScriptedSource(SilenceOfSupplied with { MayBeUnsent = true })
        {
            Resend = () => new TokenRequestInFlight(Task.FromResult(new TokenReply(Refusal)), "http://h/t", _clock.GetTimestamp(), life),
        };
        var options = new PodIdentityHealthCheckOptions { AttemptTimeout = TimeSpan.FromMinutes(2) };
        using var attempt = Attempt(source, node, options);

        Assert.Equal(IdentityNotBound, await ReasonAsync(attempt));
    }

    [Fact]
    public async Task A_429_that_comes_late_is_backed_off_from_as_any_other()
    {
        var (node, reply) = (new ModelNode(_clock), new TaskCompletionSource<TokenReply>());
        using var life = new CancellationTokenSource();
        var source = new ScriptedSource(Silence, Token) { InFlight = new TokenRequestInFlight(reply.Task, "http://h/t", sentAt: 0, life), Resend = () => throw new InvalidOperationException() };
        using var attempt = Attempt(source, node);
        await RunAsync(attempt);
        reply.SetResult(new TokenReply(Refusal with { Status = 403, InnerStatus = 429, Known = KnownAnswer.None, RetryAfter = TimeSpan.FromMinutes(5) }));

        for (var probe = 0; probe < 5; probe++, _clock.Advance(TimeSpan.FromSeconds(59)))
        {
            Assert.Equal(Throttled, await ReasonAsync(attempt));
        }

        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((HealthStatus.Healthy, 2), (await RunAsync(attempt), source.Asked));
    }

    [Fact]
    public async Task How_long_a_late_token_took_is_forgotten_after_one_that_came_in_time()
    {
        var (node, first) = (new ModelNode(_clock), new TaskCompletionSource<TokenReply>());
        using var life = new CancellationTokenSource();
        var source = new ScriptedSource(Silence, Token, Silence)
        {
            InFlight = new TokenRequestInFlight(first.Task, "http://h/t", sentAt: 0, life),
            Resend = () => throw new InvalidOperationException(),
        };
        using var attempt = Attempt(source, node);
        await RunAsync(attempt);
        _clock.Advance(TimeSpan.FromSeconds(5));
        first.SetResult(new TokenReply(Token));
        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));

        source.InFlight = new TokenRequestInFlight(new TaskCompletionSource<TokenReply>().Task, "http://h/t", _clock.GetTimestamp(), life);
        Assert.Equal(IdentityPending, await ReasonAsync(attempt));
    }

    [Theory]
    [InlineData(nameof(ModelNmi.Stopped))]
    [InlineData(nameof(ModelNmi.Killed))]
    public async Task A_request_is_left_pending_only_where_NMI_is(string nmi)
    {
        var node = new ModelNode(_clock) { Nmi = Enum.Parse<ModelNmi>(nmi) };
        var life = new CancellationTokenSource();
        var isAbandoned = life.Token;
        var source = new ScriptedSource(Silence) { InFlight = new TokenRequestInFlight(new TaskCompletionSource<TokenReply>().Task, "http://h/t", sentAt: 0, life) };
        using var attempt = Attempt(source, node);

        await RunAsync(attempt);

        Assert.True(isAbandoned.IsCancellationRequested);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pending_request_ends_with_NMI_and_with_the_check(bool isDisposed)
    {
        var node = new ModelNode(_clock);
        var (life, abandoned) = (new CancellationTokenSource(), new TaskCompletionSource());
        life.Token.Register(abandoned.SetResult);
        var source = new ScriptedSource(Silence, Token)
        {
            InFlight = new TokenRequestInFlight(new TaskCompletionSource<TokenReply>().Task, "http://h/t", sentAt: 0, life),
            Resend = () => throw new InvalidOperationException(),
        };
        using var attempt = Attempt(source, node);
        Assert.True((await attempt.RunAsync(TestContext.Current.CancellationToken)).IsFresh);
        Assert.False((await attempt.RunAsync(TestContext.Current.CancellationToken)).IsFresh);
        Assert.False(abandoned.Task.IsCompleted);

        if (isDisposed)
        {
            attempt.Dispose();
        }
        else
        {
            node.Nmi = ModelNmi.Killed;
            Assert.Equal(NmiUnreachable, await ReasonAsync(attempt));
            Assert.Equal((HealthStatus.Healthy, 2), (await RunAsync(attempt), source.Asked));
        }

        await abandoned.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Where_seeing_that_NMI_is_back_took_the_attempts_time_the_next_one_asks()
    {
        var node = new ModelNode(_clock) { Nmi = ModelNmi.Stopped };
        var source = new ScriptedSource(Silence, Token);
        var options = new PodIdentityHealthCheckOptions { AttemptTimeout = TimeSpan.FromSeconds(1), NmiHealthEndpoint = Health };
        using var attempt = Attempt(source, node, options);
        Assert.Equal(NmiUnreachable, await ReasonAsync(attempt));

        (node.Nmi, node.HealthTakes) = (ModelNmi.Active, TimeSpan.FromSeconds(0.9));
        var looking = attempt.RunAsync(TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(0.9));
        var looked = await looking;

        Assert.Equal((NmiUnreachable, false, 1), (looked.Reason, looked.IsFresh, source.Asked));
        Assert.Equal((HealthStatus.Healthy, 2), (await RunAsync(attempt), source.Asked));
    }

    [Theory]
    [InlineData(nameof(TransportFailure.Credential))]
    [InlineData(nameof(TransportFailure.CredentialFactory))]
    [InlineData(nameof(TransportFailure.StillRunning))]
    public async Task NMI_is_not_asked_to_explain_what_is_the_credentials_own(string failure)
    {
        var (node, source) = (new ModelNode(_clock), new ScriptedSource(SilenceOfSupplied with { Failure = Enum.Parse<TransportFailure>(failure) }));
        using var attempt = Attempt(source, node);

        Assert.Equal(HealthStatus.Unhealthy, await RunAsync(attempt));
        Assert.Equal(0, node.Received);
    }

    [Fact]
    public async Task A_second_try_has_what_the_first_has_left_of_the_attempt()
    {
        var refusal = new TokenExchange { Endpoint = "https://entra/t", ToEntra = true, Status = 400, Responder = PodIdentityResponder.Entra, EntraError = 70021 };
        var source = new ScriptedSource(refusal, refusal) { OnAsked = () => _clock.Advance(TimeSpan.FromSeconds(1)) };
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => source, _clock);

        await RunAsync(attempt);

        Assert.Equal([TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2)], source.Timeouts);
    }

    [Fact]
    public async Task A_late_answer_in_words_that_nobody_knows_came_through_NMI_and_stands()
    {
        var (node, reply) = (new ModelNode(_clock), new TaskCompletionSource<TokenReply>());
        using var life = new CancellationTokenSource();
        var source = new ScriptedSource(Silence, Silence) { InFlight = new TokenRequestInFlight(reply.Task, "http://h/t", sentAt: 0, life), Resend = () => throw new InvalidOperationException() };
        using var attempt = Attempt(source, node);
        Assert.Equal(IdentityPending, await ReasonAsync(attempt));

        _clock.Advance(TimeSpan.FromSeconds(15));
        reply.SetResult(new TokenReply(new TokenExchange { Endpoint = "http://h/t", Status = 504, Text = "upstream request timeout" }));
        source.InFlight = new TokenRequestInFlight(new TaskCompletionSource<TokenReply>().Task, "http://h/t", sentAt: _clock.GetTimestamp(), life);
        for (var probe = 0; probe < 5; probe++, _clock.Advance(TimeSpan.FromSeconds(5)))
        {
            Assert.Contains("upstream request timeout", (await attempt.RunAsync(TestContext.Current.CancellationToken)).Description, StringComparison.Ordinal);
        }

        Assert.Equal(2, source.Asked);
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(3, 1)]
    public async Task An_attempt_without_time_for_one_look_after_the_other_looks_twice_at_once(double timeout, int looks)
    {
        var node = new ModelNode(_clock) { HealthTakes = TimeSpan.FromSeconds(0.9), FingerprintTakes = TimeSpan.FromSeconds(0.9) };
        using var life = new CancellationTokenSource();
        var source = new ScriptedSource(Silence)
        {
            InFlight = new TokenRequestInFlight(new TaskCompletionSource<TokenReply>().Task, "http://h/t", sentAt: 0, life),
            Resend = () => throw new InvalidOperationException(),
        };
        var options = new PodIdentityHealthCheckOptions { AttemptTimeout = TimeSpan.FromSeconds(timeout), NmiHealthEndpoint = Health };
        using var attempt = Attempt(source, node, options);
        var asked = attempt.RunAsync(TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal(IdentityPending, (await asked).Reason);

        var (before, looked) = (node.Received, attempt.RunAsync(TestContext.Current.CancellationToken));

        Assert.Equal(looks, node.Received - before);
        _clock.Advance(TimeSpan.FromSeconds(0.9));
        _clock.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal(IdentityPending, (await looked).Reason);
    }

    [Fact]
    public async Task Where_there_is_no_NMI_the_check_does_not_ask_beside_the_credential()
    {
        var node = new ModelNode(_clock) { Nmi = ModelNmi.Stopped };
        var source = new ScriptedSource(SilenceOfSupplied with { MayBeUnsent = true }) { Resend = () => throw new InvalidOperationException() };
        using var attempt = Attempt(source, node);

        Assert.Equal(TimedOut, await ReasonAsync(attempt));
    }

    [Fact]
    public async Task Where_the_check_cannot_ask_the_silence_of_a_supplied_credential_counts_from_the_second_time_in_a_row()
    {
        var silence = SilenceOfSupplied with { MayBeUnsent = true };
        var source = new ScriptedSource(silence, silence, Token, silence, silence);
        using var attempt = Attempt(source, new ModelNode(_clock));

        foreach (var reason in new[] { TimedOut, IdentityPending, (PodIdentityFailureReason?)null, TimedOut })
        {
            Assert.Equal(reason, await ReasonAsync(attempt));
            if (reason is IdentityPending)
            {
                _clock.Advance(PendingTokenRequest.ResendAfter - TimeSpan.FromSeconds(1));
                Assert.Equal(reason, await ReasonAsync(attempt));
                Assert.Equal(2, source.Asked);
                _clock.Advance(TimeSpan.FromSeconds(1));
            }
        }
    }

    [Fact]
    public async Task And_only_where_NMI_was_there_both_times()
    {
        var silence = SilenceOfSupplied with { MayBeUnsent = true };
        var (node, source) = (new ModelNode(_clock) { Nmi = ModelNmi.Killed }, new ScriptedSource(Token, silence, silence, silence, Token));
        using var attempt = Attempt(source, node, new() { NmiHealthEndpoint = Health });
        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));
        Assert.Equal(NmiUnreachable, await ReasonAsync(attempt));
        Assert.Equal(NmiUnreachable, await ReasonAsync(attempt));

        // It came back while the credential was still trying.
        source.OnAsked = () => node.Nmi = ModelNmi.Active;
        Assert.Equal(TimedOut, await ReasonAsync(attempt));
        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));
    }

    [Fact]
    public async Task A_call_that_returns_late_in_between_changes_nothing_about_that()
    {
        var (silence, late) = (SilenceOfSupplied with { MayBeUnsent = true }, SilenceOfSupplied with { Failure = TransportFailure.StillRunning });
        var source = new ScriptedSource(silence, late, silence);
        using var attempt = Attempt(source, new ModelNode(_clock));

        foreach (var reason in new[] { TimedOut, TimedOut, IdentityPending })
        {
            Assert.Equal(reason, await ReasonAsync(attempt));
        }
    }

    [Fact]
    public async Task Nor_does_it_count_what_was_before_NMI_was_away()
    {
        var silence = SilenceOfSupplied with { MayBeUnsent = true };
        var (node, source) = (new ModelNode(_clock), new ScriptedSource(silence, silence, silence, Token));
        using var attempt = Attempt(source, node);
        Assert.Equal(TimedOut, await ReasonAsync(attempt));
        Assert.Equal(IdentityPending, await ReasonAsync(attempt));
        node.Nmi = ModelNmi.Killed;
        Assert.Equal(NmiUnreachable, await ReasonAsync(attempt));

        source.OnAsked = () => node.Nmi = ModelNmi.Active;
        Assert.Equal(TimedOut, await ReasonAsync(attempt));
        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));
    }

    [Fact]
    public async Task Nor_where_NMI_was_busy_before_it_was_away()
    {
        var silence = SilenceOfSupplied with { MayBeUnsent = true };
        var (node, source) = (new ModelNode(_clock), new ScriptedSource(silence, silence, silence, Token));
        using var attempt = Attempt(source, node, new() { NmiHealthEndpoint = Health });
        Assert.Equal(TimedOut, await ReasonAsync(attempt));
        node.FingerprintTakes = TimeSpan.FromSeconds(1.5);
        var asking = attempt.RunAsync(TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(NmiUnreachable, (await asking).Reason);
        (node.FingerprintTakes, node.Nmi) = (TimeSpan.Zero, ModelNmi.Killed);
        Assert.Equal(NmiUnreachable, await ReasonAsync(attempt));
        Assert.Equal(2, source.Asked);

        _clock.Advance(TimeSpan.FromSeconds(7));
        source.OnAsked = () => node.Nmi = ModelNmi.Active;
        Assert.Equal(TimedOut, await ReasonAsync(attempt));
        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(3, 1)]
    public async Task So_it_is_where_somebody_else_answers_429_in_place_of_NMI(double timeout, int looks)
    {
        var node = new ModelNode(_clock) { Nmi = ModelNmi.Stopping };
        var source = new ScriptedSource(Token with { Status = 429, Token = null });
        using var attempt = Attempt(source, node, new() { AttemptTimeout = TimeSpan.FromSeconds(timeout), NmiHealthEndpoint = Health });
        Assert.Equal(Throttled, await ReasonAsync(attempt));
        (node.HealthTakes, node.FingerprintTakes) = (TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(0.9));

        var (before, looked) = (node.Received, attempt.RunAsync(TestContext.Current.CancellationToken));

        Assert.Equal(looks, node.Received - before);
        _clock.Advance(TimeSpan.FromSeconds(0.9));
        _clock.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal(Throttled, (await looked).Reason);
    }

    [Fact]
    public async Task Where_IMDS_must_answer_an_NMI_that_is_gone_is_nothing_to_blame()
    {
        var (node, source) = (new ModelNode(_clock) { Nmi = ModelNmi.Killed }, new ScriptedSource(Token, Silence));
        var options = new PodIdentityHealthCheckOptions { RequiredResponder = PodIdentityResponder.Imds, NmiHealthEndpoint = Health };
        using var attempt = Attempt(source, node, options);
        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));

        var verdict = await attempt.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((HealthStatus.Degraded, TimedOut), (verdict.Status, verdict.Reason));
        Assert.DoesNotContain("HOST_IP", verdict.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nor_is_there_a_doubt_where_the_metadata_address_is_silent_to_the_check_too()
    {
        var (node, source) = (new ModelNode(_clock) { Nmi = ModelNmi.Killed }, new ScriptedSource(SilenceOfSupplied with { MayBeUnsent = true }));
        using var attempt = Attempt(source, node);

        Assert.Contains("nothing shows that NMI serves this pod", (await attempt.RunAsync(TestContext.Current.CancellationToken)).Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Such_a_token_is_not_the_verdict_however_long_an_attempt_may_take()
    {
        var node = new ModelNode(_clock);
        using var life = new CancellationTokenSource();
        var source = new ScriptedSource(SilenceOfSupplied with { MayBeUnsent = true }, Token)
        {
            Resend = () => new TokenRequestInFlight(Task.FromResult(new TokenReply(Token)), "http://h/t", _clock.GetTimestamp(), life),
        };
        var options = new PodIdentityHealthCheckOptions { AttemptTimeout = TimeSpan.FromMinutes(2) };
        using var attempt = Attempt(source, node, options);

        Assert.Equal(TimedOut, await ReasonAsync(attempt));
        _clock.Advance(TimeSpan.FromSeconds(6.5));
        Assert.Equal((HealthStatus.Healthy, 2), (await RunAsync(attempt), source.Asked));
    }

    [Theory]
    [InlineData(false, HealthStatus.Degraded)]
    [InlineData(true, HealthStatus.Healthy)]
    public async Task A_proxy_in_the_way_of_the_applications_requests_is_a_warning(bool isExcepted, HealthStatus status)
    {
        var node = new ModelNode(_clock) { Bound = ["6f9619ff-8b86-d011-b42d-00c04fc964ff"] };
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy("http://user:pa55word@proxy.test:3128/", false, isExcepted ? ["169\\.254\\.169\\.254"] : []);
        try
        {
            using var attempt = TokenAttempt.Of(
                new PodIdentityHealthCheckOptions(), supplied: null, _clock, new CheckLog(NullLogger.Instance, "check"), new CredentialTurn(), () => node.Connect("check"));

            var verdict = await attempt.RunAsync(TestContext.Current.CancellationToken);

            Assert.Equal((status, isExcepted ? null : MetadataProxied), (verdict.Status, verdict.Reason));
            Assert.Equal(!isExcepted, verdict.Description.Contains("go through the proxy http://proxy.test:3128/ that HTTP_PROXY or ALL_PROXY names", StringComparison.Ordinal));
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    [Theory]
    [InlineData(false, HealthStatus.Degraded)]
    [InlineData(true, HealthStatus.Unhealthy)]
    public async Task A_token_excuses_nothing_any_more_once_somebody_else_has_found_NMI_away(bool isForgotten, HealthStatus status)
    {
        var source = new ScriptedSource(Token, Token with { Status = 429, Token = null });
        using var attempt = Attempt(source, new ModelNode(_clock));
        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));

        if (isForgotten)
        {
            attempt.ForgetToken();
        }

        Assert.Equal(status, await RunAsync(attempt));
    }

    [Fact]
    public async Task Entra_is_not_asked_again_because_NMI_was_away()
    {
        var source = new ScriptedSource(Token with { ToEntra = true, Responder = PodIdentityResponder.Entra }) { AsksMetadataService = false };
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => source, _clock) { ResultLifetime = TimeSpan.FromMinutes(5) };
        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));

        attempt.ForgetToken();

        Assert.Equal((HealthStatus.Healthy, 1), (await RunAsync(attempt), source.Asked));
    }

    [Fact]
    public async Task What_was_wrong_with_the_token_file_stands_while_nothing_new_is_asked()
    {
        var file = new FederatedTokenFacts("/var/run/token", "is empty", "Recreate the pod");
        var refusal = new TokenExchange { Endpoint = "https://h/t", ToEntra = true, Status = 401, Responder = PodIdentityResponder.Entra };
        var source = new ScriptedSource(refusal) { File = file };
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => source, _clock) { FailureLifetime = TimeSpan.FromSeconds(15) };
        Assert.Equal(FederatedTokenUnusable, await ReasonAsync(attempt));

        source.File = null;
        Assert.Equal(FederatedTokenUnusable, await ReasonAsync(attempt));
        Assert.Equal(1, source.Asked);
    }

    [Fact]
    public async Task Without_a_memory_every_attempt_asks()
    {
        var node = new ModelNode(_clock) { Nmi = ModelNmi.Stopped };
        var source = new ScriptedSource(Silence, Silence, Token);
        using var attempt = new TokenAttempt(new(), (_, _) => source, _clock, () => node.Connect("check")) { HasMemory = false };

        Assert.Equal(HealthStatus.Unhealthy, await RunAsync(attempt));
        Assert.Equal(HealthStatus.Unhealthy, await RunAsync(attempt));
        Assert.Equal((HealthStatus.Healthy, 3), (await RunAsync(attempt), source.Asked));
    }

    [Fact]
    public void Disposal_closes_the_connections_for_tokens_and_for_looks()
    {
        var connections = new List<Connection>();
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => new ScriptedSource(), _clock, () =>
        {
            connections.Add(new Connection());
            return connections[^1];
        });

        attempt.Dispose();

        Assert.Equal([true, true], connections.Select(c => c.IsClosed));
    }

    [Fact]
    public async Task A_refusal_is_not_taken_back_by_the_silence_of_the_second_try()
    {
        var source = new ScriptedSource(
            new TokenExchange { Endpoint = "https://entra/t", ToEntra = true, Status = 400, Responder = PodIdentityResponder.Entra, EntraError = 70021 },
            new TokenExchange { Endpoint = "https://entra/t", ToEntra = true, Failure = TransportFailure.TimedOut });
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => source, _clock);

        Assert.Equal(TokenRejected, await ReasonAsync(attempt));
        Assert.Equal(2, source.Asked);
    }

    [Fact]
    public async Task A_second_try_without_an_answer_is_abandoned_and_is_no_refusal()
    {
        var refusal = new TokenExchange { Endpoint = "https://h/t", Status = 500, Responder = PodIdentityResponder.WorkloadIdentityProxy, EntraError = 70021 };
        var life = new CancellationTokenSource();
        var isAbandoned = life.Token;
        var source = new ScriptedSource(Token, refusal, Silence, refusal, Silence, refusal, Silence)
        {
            InFlight = new TokenRequestInFlight(new TaskCompletionSource<TokenReply>().Task, "https://h/t", sentAt: 0, life),
        };
        using var attempt = new TokenAttempt(new PodIdentityHealthCheckOptions(), (_, _) => source, _clock);
        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));

        // Not before three exchanges over 30 s have been refused.
        Assert.Equal(HealthStatus.Degraded, await RunAsync(attempt));
        Assert.True(isAbandoned.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HealthStatus.Degraded, await RunAsync(attempt));
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HealthStatus.Unhealthy, await RunAsync(attempt));
    }

    [Theory]
    [InlineData(nameof(TransportFailure.NotSent))]
    [InlineData(nameof(TransportFailure.StillRunning))]
    public async Task A_request_that_was_never_sent_leaves_what_is_known(string failure)
    {
        var node = new ModelNode(_clock);
        var source = new ScriptedSource(
            Refusal,
            new TokenExchange { Endpoint = null, Failure = Enum.Parse<TransportFailure>(failure) });
        var options = new PodIdentityHealthCheckOptions { NmiHealthEndpoint = Health };
        using var attempt = Attempt(source, node, options);

        Assert.Equal(IdentityNotBound, await ReasonAsync(attempt));
        Assert.Equal(IdentityNotBound, await ReasonAsync(attempt));
        Assert.Equal(2, source.Asked);
    }

    [Fact]
    public async Task That_the_credential_has_not_returned_is_told_where_it_is_what_failed()
    {
        var stuck = SilenceOfSupplied with { Failure = TransportFailure.StillRunning };
        var source = new ScriptedSource(SilenceOfSupplied, stuck, stuck, Token) { AsksMetadataService = false };
        using var attempt = Attempt(source, new ModelNode(_clock));

        Assert.Equal(TimedOut, await ReasonAsync(attempt));
        for (var probe = 0; probe < 2; probe++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            var verdict = await attempt.RunAsync(TestContext.Current.CancellationToken);
            Assert.Equal(TimedOut, verdict.Reason);
            Assert.Contains("has not returned from an earlier attempt", verdict.Description, StringComparison.Ordinal);
        }

        Assert.Equal(HealthStatus.Healthy, await RunAsync(attempt));
    }

    [Fact]
    public async Task Nor_does_it_hide_a_token_of_another_identity()
    {
        var source = new ScriptedSource(Token, SilenceOfSupplied with { Failure = TransportFailure.NotSent });
        using var attempt = new TokenAttempt(
            new PodIdentityHealthCheckOptions { ExpectedClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff" }, (_, _) => source, _clock, () => new ModelNode(_clock).Connect("check"));

        Assert.Equal(IdentityMismatch, await ReasonAsync(attempt));
        Assert.Equal(IdentityMismatch, await ReasonAsync(attempt));
        Assert.Equal(2, source.Asked);
    }

    private TokenAttempt Attempt(ITokenSource source, ModelNode node, PodIdentityHealthCheckOptions? options = null) =>
        new(options ?? new(), (_, _) => source, _clock, () => node.Connect("check"));

    private static async Task<PodIdentityFailureReason?> ReasonAsync(TokenAttempt attempt) => (await attempt.RunAsync(TestContext.Current.CancellationToken)).Reason;

    private static async Task<HealthStatus> RunAsync(TokenAttempt attempt) => (await attempt.RunAsync(TestContext.Current.CancellationToken)).Status;

    private sealed class Connection : HttpMessageHandler
    {
        public bool IsClosed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsClosed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class ScriptedSource(params TokenExchange[] exchanges) : ITokenSource
    {
        public int Asked { get; private set; }

        /// <summary>What was sent for the exchanges that have no answer.</summary>
        public TokenRequestInFlight? InFlight { get; set; }

        public List<TimeSpan> Timeouts { get; } = [];

        public bool AsksMetadataService { get; init; } = true;

        public Func<TokenRequestInFlight>? Resend { get; init; }

        public Action OnAsked { get; set; } = () => { };

        public Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping)
        {
            Timeouts.Add(timeout);
            OnAsked();
            var isSilent = exchanges[Asked].Failure is TransportFailure.TimedOut;
            return Task.FromResult(new Asked(exchanges[Asked++], InFlight: isSilent ? InFlight : null));
        }

        public FederatedTokenFacts? File { get; set; }

        public Observation Complete(Observation seen) => seen with { FederatedToken = File };
    }
}
