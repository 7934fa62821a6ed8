using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>Every scenario, against either check and both: the expected columns are those of the README's table.</summary>
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
                cells.Add(scenario.Name, Checks.Both);
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task The_verdict_is_that_of_the_README(string scenario, Checks checks) =>
        Assert.Equal(ReadmeMatrix.Expected(scenario, checks), await RunAsync(Scenarios.All.Single(s => s.Name.Equals(scenario, StringComparison.Ordinal)), checks));

    [Fact]
    public void The_READMEs_table_has_a_row_for_every_scenario_and_no_other()
    {
        Assert.Equal(Scenarios.All.Select(s => s.Name), ReadmeMatrix.Scenarios, StringComparer.Ordinal);
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
        if (scenario.Hangs && checks is not Checks.Nmi)
        {
            await node.WhenRequests(IsTokenRequest, ct: TestContext.Current.CancellationToken);
            clock.Advance(TimeSpan.FromSeconds(3));
        }

        var found = await report;
        if (found.Entries.Values.Any(e => e.Reason() is PodIdentityFailureReason.IdentityPending))
        {
            // The request that waits for NMI's reason is sent beside the verdict.
            await node.WhenRequests(IsTokenRequest, 2, TestContext.Current.CancellationToken);
        }

        return Outcome.Of(found, node.Requests);
    }

    private static void Add(IHealthChecksBuilder builder, Scenario scenario, PodIdentitySimulator node, Checks checks)
    {
        if (checks is Checks.Identity or Checks.Both)
        {
            builder.AddPodIdentity(CheckedPod.Options(node, o =>
            {
                o.NmiHealthEndpoint = scenario.KnowsHostIp ? node.NmiHealthEndpoint : null;
                scenario.Expect?.Invoke(o, node);
            }));
        }

        if (checks is Checks.Nmi or Checks.Both)
        {
            builder.AddNmiHealth(o =>
            {
                (o.Endpoint, o.MetadataAddress) = (node.NmiHealthEndpoint, node.MetadataAddress);
                CheckedPod.AskEveryTime(o);

                // When the time of the check beside it is over, this one may still be reading its answers.
                o.AttemptTimeout = TimeSpan.FromMinutes(1);
            });
        }
    }

    private static bool IsTokenRequest(SimulatedRequest request) =>
        !request.Forwarded && request.Path.StartsWith("/metadata/identity", StringComparison.Ordinal);

    public enum Checks
    {
        Identity,
        Nmi,
        Both,
    }
}
