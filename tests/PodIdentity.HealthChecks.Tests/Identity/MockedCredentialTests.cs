using Azure;
using Azure.Core;
using Azure.Identity;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>A credential of the application's, mocked as a user would mock it.</summary>
public sealed class MockedCredentialTests
{
    private readonly TokenCredential _credential = Substitute.For<TokenCredential>();

    [Fact]
    public async Task A_token_is_healthy_and_one_that_is_no_JWT_is_said_to_be_unverifiable()
    {
        Issues(new AccessToken("opaque", DateTimeOffset.MaxValue));
        await using var pod = CheckedPod.WithCredential(_credential);

        var entry = await pod.CheckAsync();

        entry.ShouldBeHealthy();
        Assert.Contains("not a JWT", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_credential_is_a_failure_whose_text_is_not_repeated()
    {
        _credential.GetTokenAsync(default, CancellationToken.None).ThrowsAsyncForAnyArgs(new CredentialUnavailableException("password=hunter2"));
        await using var pod = CheckedPod.WithCredential(_credential);

        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(PodIdentityFailureReason.CredentialFailed);
        Assert.Contains(nameof(CredentialUnavailableException), entry.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_factory_that_makes_no_credential_is_told_from_a_credential_that_fails()
    {
        foreach (var factory in new Func<IServiceProvider, TokenCredential>[] { s => s.GetRequiredService<TokenCredential>(), _ => null! })
        {
            var checks = new ServiceCollection().AddLogging();
            checks.AddHealthChecks().AddPodIdentity(factory);
            await using var services = checks.BuildServiceProvider();

            var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

            var entry = report.Entries["pod_identity"];
            entry.ShouldFailFor(PodIdentityFailureReason.CredentialFailed);
            Assert.StartsWith("There is no credential: the factory given to AddPodIdentity failed (InvalidOperationException)", entry.Description, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(429, PodIdentityFailureReason.Throttled)]
    [InlineData(503, PodIdentityFailureReason.TokenServiceError)]
    public async Task The_status_of_a_failed_request_is_understood(int status, PodIdentityFailureReason reason)
    {
        _credential.GetTokenAsync(default, CancellationToken.None).ThrowsAsyncForAnyArgs(
            new AuthenticationFailedException("failed", new RequestFailedException(status, "no")));
        await using var pod = CheckedPod.WithCredential(_credential);

        (await pod.CheckAsync()).ShouldFailFor(reason);
    }

    [Fact]
    public async Task The_cache_of_a_developers_credential_is_not_bypassed_since_it_would_refuse()
    {
        Issues(new AccessToken("opaque", DateTimeOffset.MaxValue));
        await using var pod = CheckedPod.WithCredential(_credential);

        await pod.CheckAsync();

        await _credential.Received().GetTokenAsync(Arg.Is<TokenRequestContext>(c => c.Claims == null), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task The_cache_is_bypassed_when_asked()
    {
        Issues(new AccessToken("opaque", DateTimeOffset.MaxValue));
        await using var pod = CheckedPod.WithCredential(_credential, o => o.BypassTokenCache = true);

        await pod.CheckAsync();

        await _credential.Received().GetTokenAsync(Arg.Is<TokenRequestContext>(c => c.Claims != null), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task A_supplied_ManagedIdentityCredential_makes_a_round_trip_each_time()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithCredential(AppCredential.For(node, node.BoundIdentity().ClientId));

        (await pod.CheckAsync()).ShouldBeHealthy();
        (await pod.CheckAsync()).ShouldBeHealthy();

        Assert.Equal(2, node.TokenRequests());
    }

    [Fact]
    public async Task A_supplied_ManagedIdentityCredential_takes_the_cached_token_when_asked_to()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithCredential(AppCredential.For(node, node.BoundIdentity().ClientId), o => o.BypassTokenCache = false);

        (await pod.CheckAsync()).ShouldBeHealthy();
        (await pod.CheckAsync()).ShouldBeHealthy();

        Assert.Equal(1, node.TokenRequests());
    }

    [Fact]
    public async Task The_answer_of_NMI_is_found_in_what_a_supplied_ManagedIdentityCredential_throws()
    {
        await using var node = await Node.StartAsync();
        node.Nmi.Mode = NmiMode.Managed;
        node.Pod.UnbindAll();
        await using var pod = CheckedPod.WithCredential(AppCredential.For(node, Guid.NewGuid().ToString()));

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.IdentityNotBound);
    }

    [Fact]
    public async Task The_wrong_identity_is_found_in_a_supplied_credentials_token()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithCredential(
            AppCredential.For(node, node.BoundIdentity().ClientId), o => o.ExpectedClientId = Guid.NewGuid().ToString());

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.IdentityMismatch);
    }

    [Fact]
    public async Task A_null_credential_or_an_empty_token_is_a_failure()
    {
        await using var nothing = CheckedPod.WithCredential(null!);
        Issues(new AccessToken(string.Empty, DateTimeOffset.MaxValue));
        await using var empty = CheckedPod.WithCredential(_credential);

        (await nothing.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.CredentialFailed);
        (await empty.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.InvalidResponse);
    }

    [Fact]
    public async Task A_token_that_says_that_it_has_expired_is_not_healthy_whatever_the_credential_says()
    {
        var expired = (TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1)).ToUnixTimeSeconds();
        Issues(new AccessToken(Attack.FakeToken.WithClaims($$"""{"appid":"{{Guid.NewGuid()}}","exp":{{expired}}}"""), DateTimeOffset.MaxValue));
        await using var pod = CheckedPod.WithCredential(_credential);

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.TokenExpiring);
    }

    [Fact]
    public async Task A_credential_made_in_place_is_understood_as_a_credential()
    {
        // Of the two overloads, both of which would take this lambda.
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(_ => new FixedCredential()));

        (await pod.CheckAsync()).ShouldBeHealthy();
    }

    private void Issues(AccessToken token) => _credential.GetTokenAsync(default, CancellationToken.None).ReturnsForAnyArgs(token);

    private sealed class FixedCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("opaque", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
