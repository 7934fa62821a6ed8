using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>Every scenario of workload identity and identity bindings, over TLS: the expected columns are those of the README's second table.</summary>
public sealed class FederatedMatrixTests
{
    public static TheoryData<string> Rows => [.. FederatedScenarios.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task The_verdict_is_that_of_the_README(string scenario) => Assert.Equal(
        ReadmeMatrix.OfFederatedPods.Expected(scenario), await RunAsync(FederatedScenarios.All.Single(s => s.Name.Equals(scenario, StringComparison.Ordinal))));

    [Fact]
    public void The_READMEs_table_has_a_row_for_every_scenario_and_no_other() =>
        Assert.Equal(FederatedScenarios.All.Select(s => s.Name), ReadmeMatrix.OfFederatedPods.Scenarios, StringComparer.Ordinal);

    private static async Task<Outcome> RunAsync(FederatedScenario scenario)
    {
        await using var pod = await FederatedPod.StartAsync(scenario.HasBinding, scenario.IsMissed);
        await pod.Node.Nmi.SetStateAsync(NmiState.Stopped);
        scenario.Prepare(pod);
        await using var check = pod.CreateCheck(options =>
        {
            options.TokenEndpoint = scenario.IsMissed ? pod.Node.TokenEndpoint : null;
            scenario.Expect?.Invoke(options, pod);
        });
        if (scenario.AfterSuccess)
        {
            (await check.CheckAsync()).ShouldBeHealthy();
            pod.Node.ClearRequests();
        }

        scenario.Break(pod);
        var report = check.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        for (var i = 1; i <= scenario.Silences; i++)
        {
            await pod.Node.WhenRequests(_ => true, i, TestContext.Current.CancellationToken);
            pod.Time.Advance(TimeSpan.FromSeconds(3));
        }

        var found = await report;
        return Outcome.Of(found, pod.Node.Requests);
    }
}
