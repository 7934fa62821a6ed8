using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>Every scenario, against either check: the expected columns are those of the README's table.</summary>
public sealed class VerdictMatrixTests
{
    public static TheoryData<string, Checks> Cells
    {
        get
        {
            var cells = new TheoryData<string, Checks>();
            foreach (var scenario in Scenarios.All)
            {
                cells.Add(scenario.Name, Checks.Identity);
                cells.Add(scenario.Name, Checks.Nmi);
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task The_verdict_is_that_of_the_README(string scenario, Checks checks) =>
        Assert.Equal(ReadmeMatrix.OfNodes.Expected(scenario, (int)checks), await RunAsync(Scenarios.All.Single(s => s.Name.Equals(scenario, StringComparison.Ordinal)), checks));

    [Fact]
    public void The_READMEs_table_has_a_row_for_every_scenario_and_no_other()
    {
        Assert.Equal(Scenarios.All.Select(s => s.Name), ReadmeMatrix.OfNodes.Scenarios, StringComparer.Ordinal);
        Assert.True(Scenarios.All.Count >= 40);
    }

    private static async Task<Outcome> RunAsync(Scenario scenario, Checks checks)
    {
        // The clock of what hangs stands still; for the rest a minute is some milliseconds.
        var nmiClock = scenario.Hangs ? new ManualTimeProvider() : TimeProvider.System;
        await using var node = await PodIdentitySimulator.StartAsync(
            o => (o.TimeProvider, o.TimeScale) = (nmiClock, scenario.Hangs ? 1 : 0.001), TestContext.Current.CancellationToken);
        var clock = new ManualTimeProvider(nmiClock.GetUtcNow());
        await using var pod = CheckedPod.Create(add => Add(add, scenario, node, checks), clock);
        var health = pod.Services.GetRequiredService<HealthCheckService>();
        if (scenario.AfterSuccess)
        {
            Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(TestContext.Current.CancellationToken)).Status);
            node.ClearRequests();
        }

        await scenario.Arrange(node);
        var report = health.CheckHealthAsync(TestContext.Current.CancellationToken);
        if (scenario.Hangs && checks is Checks.Identity)
        {
            await node.WhenRequests(IsTokenRequest, ct: TestContext.Current.CancellationToken);
            clock.Advance(TimeSpan.FromSeconds(3));
        }

        var found = await report;
        return Outcome.Of(found, node.Requests);
    }

    private static void Add(IHealthChecksBuilder builder, Scenario scenario, PodIdentitySimulator node, Checks checks)
    {
        if (checks is Checks.Identity)
        {
            builder.AddPodIdentity(CheckedPod.Options(node, o =>
            {
                o.NmiHealthEndpoint = scenario.KnowsHostIp ? node.NmiHealthEndpoint : null;
                scenario.Expect?.Invoke(o, node);
            }));
        }
        else
        {
            builder.AddNmiHealth(o =>
            {
                (o.Endpoint, o.MetadataAddress) = (node.NmiHealthEndpoint, node.MetadataAddress);
                CheckedPod.AskEveryTime(o);
            });
        }
    }

    private static bool IsTokenRequest(SimulatedRequest request) =>
        !request.Forwarded && request.Path.StartsWith("/metadata/identity", StringComparison.Ordinal);

    public enum Checks
    {
        Identity,
        Nmi,
    }
}
