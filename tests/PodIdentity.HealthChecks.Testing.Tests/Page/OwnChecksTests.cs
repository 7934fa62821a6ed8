using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Testing.Development.Page;

namespace PodIdentity.HealthChecks.Testing.Tests.Page;

/// <summary>What an application's registrations say about the identity that it relies on.</summary>
public sealed class OwnChecksTests
{
    private static readonly Uri Somewhere = new("http://127.0.0.1:9/healthz");

    [Fact]
    public async Task Only_this_librarys_checks_count_in_the_order_of_their_registration()
    {
        await using var services = Services(checks => checks
            .AddNmiHealth(o => o.Endpoint = Somewhere, name: "first")
            .AddCheck("other", () => HealthCheckResult.Healthy())
            .AddPodIdentity(o => o.FailureGracePeriod = TimeSpan.FromMinutes(1), name: "second"));
        var checks = new OwnChecks(services);

        Assert.Equal("first second", string.Join(' ', checks.Registrations.Select(r => r.Name)));
        Assert.Equal([TimeSpan.Zero, TimeSpan.FromMinutes(1)], checks.Registrations.Select(checks.GraceOf));
        Assert.Equal([false, true], checks.Registrations.Select(checks.AsksForToken));
    }

    [Fact]
    public async Task NMI_is_required_if_a_check_asks_for_it()
    {
        await using var any = Services(checks => checks.AddPodIdentity());
        await using var required = Services(checks => checks.AddPodIdentity(o => o.RequiredResponder = PodIdentityResponder.Nmi));
        await using var looked = Services(checks => checks.AddPodIdentity().AddNmiHealth(o => o.Endpoint = Somewhere));

        Assert.Equal([false, true, true], new[] { any, required, looked }.Select(s => new OwnChecks(s).RequiresNmi));
    }

    [Fact]
    public async Task An_identity_is_named_by_any_of_its_three_ids()
    {
        const string Id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
        await using var unnamed = Services(checks => checks.AddPodIdentity());
        await using var client = Services(checks => checks.AddPodIdentity(o => o.ClientId = Id));
        await using var @object = Services(checks => checks.AddPodIdentity(o => o.ObjectId = Id));
        await using var resource = Services(checks => checks.AddPodIdentity(o => o.ResourceId = $"/subscriptions/{Id}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a"));

        Assert.Equal([false, true, true, true], new[] { unnamed, client, @object, resource }.Select(s => new OwnChecks(s).IsNamed));
    }

    [Fact]
    public async Task A_check_tells_its_status_with_the_reason_and_the_hint()
    {
        await using var services = Services(checks => checks.AddNmiHealth(o => o.Endpoint = Somewhere));
        var checks = new OwnChecks(services);

        var told = await checks.AskAsync(checks.Registrations[0], TestContext.Current.CancellationToken);

        Assert.Equal((HealthStatus.Unhealthy, nameof(PodIdentityFailureReason.NmiUnreachable)), (told.Status, told.Reason));
        Assert.NotEmpty(told.Hint!);
    }

    private static ServiceProvider Services(Action<IHealthChecksBuilder> register)
    {
        var services = new ServiceCollection().AddLogging();
        register(services.AddHealthChecks());
        return services.BuildServiceProvider();
    }
}
