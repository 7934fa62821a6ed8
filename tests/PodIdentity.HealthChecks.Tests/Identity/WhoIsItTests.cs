using Azure.Core;
using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>A token is not enough: it must be for the right identity, from whom it should come.</summary>
public sealed class WhoIsItTests
{
    private const string Vault = "https://vault.azure.net";
    private const string Claims = """{"access_token":{"nbf":{"essential":true,"value":"1600000000"}}}""";

    public static TheoryData<string, Action<PodIdentityHealthCheckOptions, SimulatedIdentity>> RightExpectations => new()
    {
        { "client ID", (o, i) => o.ExpectedClientId = i.ClientId },
        { "client ID in capitals", (o, i) => o.ExpectedClientId = i.ClientId.ToUpperInvariant() },
        { "object ID", (o, i) => o.ExpectedObjectId = i.ObjectId },
        { "tenant ID", (o, i) => o.ExpectedTenantId = i.TenantId },
        { "resource ID", (o, i) => o.ExpectedResourceId = i.ResourceId },
        { "resource ID in capitals", (o, i) => o.ExpectedResourceId = "/subscriptions" + i.ResourceId.ToUpperInvariant()["/SUBSCRIPTIONS".Length..] },
    };

    public static TheoryData<string, Action<PodIdentityHealthCheckOptions>> WrongExpectations => new()
    {
        { "client ID", o => o.ExpectedClientId = Guid.NewGuid().ToString() },
        { "object ID", o => o.ExpectedObjectId = Guid.NewGuid().ToString() },
        { "tenant ID", o => o.ExpectedTenantId = Guid.NewGuid().ToString() },
        { "resource ID", o => o.ExpectedResourceId = "/subscriptions/other" },
    };

    [Theory]
    [MemberData(nameof(RightExpectations))]
    public async Task The_expected_identity_passes(string what, Action<PodIdentityHealthCheckOptions, SimulatedIdentity> expect)
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node, o => expect(o, node.BoundIdentity()));

        var entry = await pod.CheckAsync();

        Assert.True(entry.Status is HealthStatus.Healthy, $"{what}: {entry.Description}");
    }

    [Theory]
    [MemberData(nameof(WrongExpectations))]
    public async Task Another_identity_fails_and_both_are_named(string what, Action<PodIdentityHealthCheckOptions> expect)
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node, expect);

        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(IdentityMismatch);
        Assert.Contains(what, entry.Description, StringComparison.Ordinal);
        Assert.Contains("instead of", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_Entra_told_IMDS_is_not_Entras_answer_to_a_managed_identity()
    {
        await using var node = await Node.StartAsync();
        node.Imds.Fault = ImdsFault.Forbidden;
        await using var pod = CheckedPod.WithCredential(AppCredential.For(node, node.BoundIdentity().ClientId));

        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(TokenRejected);
        Assert.Contains("AADSTS700016", entry.Description, StringComparison.Ordinal);
        Assert.False(entry.Data.ContainsKey(PodIdentityDataKeys.Responder), entry.Description);
        Assert.NotEqual("WorkloadIdentity", entry.Data[PodIdentityDataKeys.Mode]);
    }

    [Fact]
    public async Task A_wrong_token_never_reaches_the_applications_cache()
    {
        await using var node = await Node.StartAsync();
        var right = node.BoundIdentity();
        var application = AppCredential.For(node, right.ClientId);
        var before = await application.TokenFor(Vault);
        await using var pod = CheckedPod.WithIdentity(node, o => (o.ClientId, o.Resource) = (right.ClientId, Vault));
        IssueFor(node, new SimulatedIdentity("the-nodes-own"));

        (await pod.CheckAsync()).ShouldFailFor(IdentityMismatch);

        Assert.True(IsSame(before, await application.TokenFor(Vault)), "The application now has the wrong token.");
    }

    [Fact]
    public async Task Without_the_guard_a_forced_round_trip_gives_the_application_the_wrong_token()
    {
        await using var node = await Node.StartAsync();
        var right = node.BoundIdentity();
        var application = AppCredential.For(node, right.ClientId);
        var before = await application.TokenFor(Vault);
        IssueFor(node, new SimulatedIdentity("the-nodes-own"));

        await AppCredential.For(node, right.ClientId).GetTokenAsync(
            new TokenRequestContext([Vault + "/.default"], claims: Claims), TestContext.Current.CancellationToken);

        Assert.False(IsSame(before, await application.TokenFor(Vault)));
    }

    [Fact]
    public async Task While_NMI_is_stopping_the_nodes_token_is_refused_where_NMI_is_required()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node, o => o.RequiredResponder = PodIdentityResponder.Nmi);
        (await pod.CheckAsync()).ShouldBeHealthy();

        await node.Nmi.SetStateAsync(NmiState.Stopping);

        var entry = await pod.CheckAsync();
        entry.ShouldFailFor(NotIntercepted);
        Assert.Equal(nameof(PodIdentityResponder.Imds), entry.Data[PodIdentityDataKeys.Responder]);
    }

    [Fact]
    public async Task The_nodes_identity_that_IMDS_handed_out_before_NMI_was_there_is_none_of_several()
    {
        await using var node = await Node.StartAsync();
        var identity = node.BoundIdentity();
        await using var pod = CheckedPod.WithIdentity(node, o => o.NmiHealthEndpoint = null);
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        node.Imds.RemoveUserAssigned(identity);
        node.Imds.SystemAssigned = new SimulatedIdentity("kubelet");
        (await pod.CheckAsync()).ShouldBeHealthy();

        node.Imds.AddUserAssigned(identity);
        await node.Nmi.SetStateAsync(NmiState.Active);

        var entry = await pod.CheckAsync();
        entry.ShouldBeHealthy();
        Assert.Equal(identity.ClientId, entry.Data[PodIdentityDataKeys.ClientId]);
    }

    [Fact]
    public async Task While_NMI_is_stopping_another_identitys_token_is_refused_where_one_is_expected()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node, o => o.ExpectedClientId = node.BoundIdentity().ClientId);
        node.Imds.SystemAssigned = new SimulatedIdentity("kubelet");
        (await pod.CheckAsync()).ShouldBeHealthy();

        await node.Nmi.SetStateAsync(NmiState.Stopping);

        var entry = await pod.CheckAsync();
        entry.ShouldFailFor(IdentityMismatch);
        Assert.Contains("NMI is probably bypassed", entry.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "NMI is probably bypassed")]
    [InlineData(false, "Name the identity with ClientId. With AAD Pod Identity, set HOST_IP")]
    public async Task Several_identities_on_the_node_and_none_named_is_ambiguous_where_NMI_is_bypassed_or_there_is_none(bool hadNmi, string hint)
    {
        await using var node = await Node.StartAsync();
        node.Imds.AddUserAssigned(new SimulatedIdentity("another"));
        await using var pod = CheckedPod.WithIdentity(node, o => o.NmiHealthEndpoint = null);
        if (hadNmi)
        {
            (await pod.CheckAsync()).ShouldBeHealthy();
        }

        await node.Nmi.SetStateAsync(NmiState.Stopped);
        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(IdentityAmbiguous);
        Assert.Contains(hint, entry.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 0, false)]
    [InlineData(9, 0, true)]
    [InlineData(4, 299, false)]
    [InlineData(3, 300, false)]
    [InlineData(4, 300, true)]
    public async Task Two_identities_are_unstable_until_one_has_been_seen_alone_for_ten_attempts_or_five_in_five_minutes(int attempts, int seconds, bool isSettled)
    {
        var clock = new ManualTimeProvider();
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node, time: clock);
        (await pod.CheckAsync()).ShouldBeHealthy();
        var other = new SimulatedIdentity("other");
        node.Pod.UnbindAll();
        node.Pod.Bind(other);
        var entry = await pod.CheckAsync();
        entry.ShouldFailFor(IdentityUnstable);
        Assert.Contains(other.ClientId, entry.Description, StringComparison.Ordinal);

        for (var i = 1; i < attempts; i++)
        {
            (await pod.CheckAsync()).ShouldFailFor(IdentityUnstable);
        }

        clock.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(isSettled ? HealthStatus.Healthy : HealthStatus.Unhealthy, (await pod.CheckAsync()).Status);
    }

    [Fact]
    public async Task The_identity_of_an_expired_token_is_remembered()
    {
        await using var node = await Node.StartAsync();
        node.Imds.TokenLifetime = TimeSpan.FromMinutes(-4);
        await using var pod = CheckedPod.WithIdentity(node);
        (await pod.CheckAsync()).ShouldFailFor(TokenExpiring);
        node.Imds.TokenLifetime = TimeSpan.FromHours(24);
        node.Pod.UnbindAll();
        node.Pod.Bind(new SimulatedIdentity("other"));

        (await pod.CheckAsync()).ShouldFailFor(IdentityUnstable);
    }

    [Fact]
    public async Task A_token_that_was_refused_is_no_former_identity_once_NMI_is_back()
    {
        await using var node = await Node.StartAsync();
        node.Imds.SystemAssigned = new SimulatedIdentity("kubelet");
        await using var pod = CheckedPod.WithIdentity(node, o => o.RequiredResponder = PodIdentityResponder.Nmi);
        (await pod.CheckAsync()).ShouldBeHealthy();
        await node.Nmi.SetStateAsync(NmiState.Stopping);
        (await pod.CheckAsync()).ShouldFailFor(NotIntercepted);

        await node.Nmi.SetStateAsync(NmiState.Active);

        (await pod.CheckAsync()).ShouldBeHealthy();
    }

    [Fact]
    public async Task A_token_that_is_no_JWT_passes_without_an_expectation_and_says_so()
    {
        await using var node = await Node.StartAsync();
        node.Imds.TokenFactory = _ => "opaque";
        await using var pod = CheckedPod.WithIdentity(node);

        var entry = await pod.CheckAsync();

        entry.ShouldBeHealthy();
        Assert.Contains("not a JWT", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_no_JWT_fails_where_something_is_expected()
    {
        await using var node = await Node.StartAsync();
        node.Imds.TokenFactory = _ => "opaque";
        await using var pod = CheckedPod.WithIdentity(node, o => o.ExpectedClientId = node.BoundIdentity().ClientId);

        (await pod.CheckAsync()).ShouldFailFor(IdentityMismatch);
    }

    [Fact]
    public async Task A_token_that_soon_expires_is_degraded_and_one_that_has_expired_fails()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node);
        node.Imds.TokenLifetime = TimeSpan.FromMinutes(4);

        var entry = await pod.CheckAsync();
        Assert.Equal((HealthStatus.Degraded, TokenExpiring), (entry.Status, entry.Reason()));

        node.Imds.TokenLifetime = TimeSpan.FromMinutes(-4);
        (await pod.CheckAsync()).ShouldFailFor(TokenExpiring);
    }

    [Fact]
    public async Task The_proxy_of_workload_identity_is_a_responder_of_its_own()
    {
        await using var node = await Node.StartAsync();
        node.Proxy.Enabled = true;
        await using var pod = CheckedPod.WithIdentity(
            node, o => (o.ClientId, o.RequiredResponder) = (node.BoundIdentity().ClientId, PodIdentityResponder.WorkloadIdentityProxy));

        (await pod.CheckAsync()).ShouldBeHealthy();

        node.Proxy.EntraError = "AADSTS700213: No matching federated identity record found for presented assertion subject";
        var entry = await pod.CheckAsync();
        Assert.Equal((HealthStatus.Degraded, TokenRejected), (entry.Status, entry.Reason()));
        Assert.Contains("AADSTS700213", entry.Description, StringComparison.Ordinal);
        Assert.Contains("federated-credential", entry.Description, StringComparison.Ordinal);
    }

    private static void IssueFor(PodIdentitySimulator node, SimulatedIdentity other)
    {
        var token = Attack.FakeToken.WithClaims($$"""{"appid":"{{other.ClientId}}","oid":"{{other.ObjectId}}","tid":"{{other.TenantId}}","exp":253402300799}""");
        node.Imds.TokenFactory = _ => token;
    }

    private static bool IsSame(AccessToken one, AccessToken other) => string.Equals(one.Token, other.Token, StringComparison.Ordinal);
}
