using PodIdentity.HealthChecks.Testing.Development.Page;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests.Page;

public sealed class NaiveLanesTests
{
    [Theory]
    [InlineData(NmiState.Active, true, null)]
    [InlineData(NmiState.NotActive, false, "Not Active")]
    [InlineData(NmiState.Stopping, true, null)]
    [InlineData(NmiState.Stopped, false, "Refused")]
    [InlineData(NmiState.Killed, false, "Refused")]
    public async Task Healthz_says_what_NMI_says_of_itself(NmiState state, bool passes, string? reason)
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await simulator.Nmi.SetStateAsync(state);
        using var lanes = new NaiveLanes(simulator, new(), TimeProvider.System);
        var healthz = lanes.All.Single(l => l.Name is "/healthz = Active");

        await healthz.AskAsync(TestContext.Current.CancellationToken);

        Assert.Equal((passes, reason), (healthz.Last?.Passes, healthz.Last?.Reason));
    }

    [Theory]
    [InlineData("client", "client_id=6f9619ff-8b86-d011-b42d-00c04fc964ff")]
    [InlineData("object", "object_id=6f9619ff-8b86-d011-b42d-00c04fc964ff")]
    [InlineData("resource", "msi_res_id=%2Fsubscriptions%2F6f9619ff-8b86-d011-b42d-00c04fc964ff%2FresourceGroups%2Fg%2Fproviders%2FMicrosoft.ManagedIdentity%2FuserAssignedIdentities%2Fa")]
    public async Task It_asks_for_the_identity_that_the_application_names(string named, string selector)
    {
        const string Id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
        await using var simulator = await PodIdentitySimulator.StartAsync(o => o.TimeScale = 0.001, TestContext.Current.CancellationToken);
        using var lanes = new NaiveLanes(
            simulator,
            named switch
            {
                "client" => new() { ClientId = Id },
                "object" => new() { ObjectId = Id },
                _ => new() { ResourceId = $"/subscriptions/{Id}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a" },
            },
            TimeProvider.System);

        await lanes.All.Single(l => l.Name is "curl --fail").AskAsync(TestContext.Current.CancellationToken);

        Assert.EndsWith($"&{selector}", simulator.Requests[0].Query, StringComparison.Ordinal);
    }
}
