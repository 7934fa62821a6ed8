using Azure.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NSubstitute;
using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Checks;

/// <summary>What the framework's users expect of any registration, for each of ours.</summary>
public abstract class ConformanceTests
{
    protected abstract string DefaultName { get; }

    [Fact]
    public void It_is_registered_under_its_documented_name() => Assert.Equal(DefaultName, Registered(checks => Add(checks)).Name);

    [Fact]
    public void Name_failureStatus_tags_and_timeout_round_trip()
    {
        var registration = Registered(checks => Add(checks, "mine", HealthStatus.Degraded, ["ready", "aks"], TimeSpan.FromSeconds(7)));

        Assert.Equal("mine", registration.Name);
        Assert.Equal(HealthStatus.Degraded, registration.FailureStatus);
        Assert.True(registration.Tags.SetEquals(["aks", "ready"]));
        Assert.Equal(TimeSpan.FromSeconds(7), registration.Timeout);
    }

    [Fact]
    public void A_failure_is_unhealthy_unless_said_otherwise() =>
        Assert.Equal(HealthStatus.Unhealthy, Registered(checks => Add(checks)).FailureStatus);

    [Fact]
    public async Task The_failure_status_is_honoured()
    {
        await using var pod = CheckedPod.Create(checks => Add(checks, failureStatus: HealthStatus.Degraded));

        Assert.Equal(HealthStatus.Degraded, (await pod.CheckAsync()).Status);
    }

    [Fact]
    public async Task Duplicates_coexist_under_different_names()
    {
        await using var pod = CheckedPod.Create(checks => Add(Add(checks, "one"), "other"));

        var report = await pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.True(report.Entries.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(["one", "other"]));
    }

    [Fact]
    public async Task Every_run_gets_the_same_check_of_its_container()
    {
        await using var pod = CheckedPod.Create(checks => Add(checks));
        var registration = Assert.Single(pod.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        using var scope = pod.Services.CreateScope();

        Assert.Same(registration.Factory(pod.Services), registration.Factory(scope.ServiceProvider));
    }

    [Fact]
    public async Task Two_containers_from_one_service_collection_share_no_check()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        Add(services.AddHealthChecks());
        await using var one = services.BuildServiceProvider();
        await using var other = services.BuildServiceProvider();
        var registration = Assert.Single(one.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);

        Assert.NotSame(registration.Factory(one), registration.Factory(other));
    }

    [Fact]
    public void A_missing_builder_is_refused() => Assert.Throws<ArgumentNullException>(() => Add(null!));

    /// <summary>Adds the check so that it fails at once, without asking anybody outside of the process.</summary>
    protected abstract IHealthChecksBuilder Add(
        IHealthChecksBuilder checks,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null);

    private static HealthCheckRegistration Registered(Action<IHealthChecksBuilder> add)
    {
        using var services = CheckedPod.Create(add).Services as ServiceProvider;
        return Assert.Single(services!.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
    }
}

public sealed class PodIdentityConformanceTests : ConformanceTests
{
    protected override string DefaultName => "pod_identity";

    protected override IHealthChecksBuilder Add(
        IHealthChecksBuilder checks, string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null) =>
        checks.AddPodIdentity(o => o.TokenEndpoint = new Uri("http://127.0.0.1:9/metadata/identity/oauth2/token"), name, failureStatus, tags, timeout);
}

public sealed class SuppliedCredentialConformanceTests : ConformanceTests
{
    private readonly Func<IServiceProvider, TokenCredential> _factory = Substitute.For<Func<IServiceProvider, TokenCredential>>();

    public SuppliedCredentialConformanceTests() => _factory.Invoke(default!).ReturnsForAnyArgs(_ => throw new InvalidOperationException());

    protected override string DefaultName => "pod_identity";

    [Fact]
    public async Task The_factory_is_not_invoked_at_registration_nor_before_the_first_run()
    {
        await using var pod = CheckedPod.Create(checks => Add(checks));
        var registration = Assert.Single(pod.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        _ = registration.Factory(pod.Services);

        _factory.DidNotReceiveWithAnyArgs().Invoke(default!);
    }

    [Fact]
    public async Task One_credential_is_made_for_a_container()
    {
        var made = 0;
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(
            credentialFactory: _ =>
            {
                made++;
                return Substitute.For<TokenCredential>();
            },
            CheckedPod.AskEveryTime));

        await pod.CheckAsync();
        await pod.CheckAsync();

        Assert.Equal(1, made);
    }

    [Fact]
    public async Task A_factory_that_throws_is_a_failure_and_is_tried_again()
    {
        var made = 0;
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(
            credentialFactory: _ => made++ == 0 ? throw new InvalidOperationException("secret text") : Substitute.For<TokenCredential>(),
            CheckedPod.AskEveryTime));

        var entry = await pod.CheckAsync();
        entry.ShouldFailFor(PodIdentityFailureReason.CredentialFailed);
        Assert.DoesNotContain("secret text", entry.Description, StringComparison.Ordinal);

        await pod.CheckAsync();
        Assert.Equal(2, made);
    }

    [Fact]
    public async Task What_a_factory_throws_is_logged_when_it_changes_and_is_not_in_the_description()
    {
        using var log = new CollectedLog();
        var text = "first secret";
        await using var pod = CheckedPod.Create(checks => checks
            .AddPodIdentity(credentialFactory: _ => throw new InvalidOperationException(text), CheckedPod.AskEveryTime)
            .Services.AddLogging(l => l.AddProvider(log)));

        var entry = await pod.CheckAsync();
        await pod.CheckAsync();
        text = "second secret";
        await pod.CheckAsync();

        entry.ShouldFailFor(PodIdentityFailureReason.CredentialFailed);
        Assert.Contains("(InvalidOperationException)", entry.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", entry.Description, StringComparison.Ordinal);
        var lines = log.Lines.Where(l => string.Equals(l.Id.Name, "PodIdentityCredentialFactoryFailed", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, lines.Length);
        Assert.Contains("System.InvalidOperationException: first secret", lines[0].Text, StringComparison.Ordinal);
        Assert.Contains("System.InvalidOperationException: second secret", lines[1].Text, StringComparison.Ordinal);
        Assert.All(lines, l => Assert.Equal((5, LogLevel.Error), (l.Id.Id, l.Level)));
    }

    public static TheoryData<string, Action<IServiceCollection>> ScopedCredentials => new()
    {
        { "itself", s => s.AddScoped(_ => Substitute.For<TokenCredential>()) },
        { "below a transient one", s => s.AddTransient<TokenCredential, CredentialOfARequest>().AddScoped<RequestState>() },
    };

    [Theory]
    [MemberData(nameof(ScopedCredentials))]
    public async Task A_scoped_service_that_the_factory_asks_for_is_named_as_the_cause(string which, Action<IServiceCollection> register)
    {
        await using var pod = CheckedPod.Create(checks =>
            register(checks.AddPodIdentity(services => services.GetRequiredService<TokenCredential>()).Services));

        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(PodIdentityFailureReason.CredentialFailed);
        var scoped = which is "itself" ? nameof(TokenCredential) : nameof(RequestState);
        Assert.Contains($"{scoped} is registered as scoped; register it as a singleton", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_factory_that_only_speaks_of_a_scoped_service_is_not_believed()
    {
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(
            credentialFactory: _ => throw new InvalidOperationException("Cannot resolve scoped service 'hunter2' from root provider.")));

        var description = (await pod.CheckAsync()).Description;

        Assert.Contains("(InvalidOperationException)", description, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_factory_gets_the_containers_services_and_not_those_of_a_run()
    {
        IServiceProvider? given = null;
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(services =>
        {
            given = services;
            return Substitute.For<TokenCredential>();
        }));

        await pod.CheckAsync();

        // Those of the run are disposed by now.
        Assert.NotNull(given!.GetRequiredService<HealthCheckService>());
    }

    [Fact]
    public void A_missing_factory_is_refused() => Assert.Throws<ArgumentNullException>(
        () => new ServiceCollection().AddHealthChecks().AddPodIdentity(credentialFactory: null!));

    protected override IHealthChecksBuilder Add(
        IHealthChecksBuilder checks, string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null) =>
        checks.AddPodIdentity(_factory, null, name, failureStatus, tags, timeout);

    private sealed record RequestState;

    private sealed class CredentialOfARequest(RequestState state) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new($"{state}", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}

public sealed class NmiConformanceTests : ConformanceTests
{
    protected override string DefaultName => "nmi";

    protected override IHealthChecksBuilder Add(
        IHealthChecksBuilder checks, string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null) =>
        checks.AddNmiHealth(o => o.Endpoint = new Uri("http://127.0.0.1:9/healthz"), name, failureStatus, tags, timeout);
}
