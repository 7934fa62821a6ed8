using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>The gate before the library's own checks, on a simulated node.</summary>
public sealed class StartupGatePodTests
{
    [Fact]
    public async Task A_pod_that_starts_before_NMI_waits_for_it()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        using var host = StartBefore(node);

        await host.PausesForAsync(1.1);
        var held = Assert.Single(host.Log.Lines, l => l.Id == 101).Text;
        Assert.Contains("pod_identity: Unhealthy (NotIntercepted): The node's IMDS answered", held, StringComparison.Ordinal);
        Assert.Contains("; nmi: Unhealthy (NmiUnreachable): ", held, StringComparison.Ordinal);
        Assert.False(host.Worker.IsStarted);

        await node.Nmi.SetStateAsync(NmiState.Active);
        await host.PauseAsync(1.1);
        await host.Starting.OrHung();
        Assert.True(host.Worker.IsStarted);
    }

    [Fact]
    public async Task A_node_whose_NMI_never_comes_fails_the_start_with_what_to_do()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        using var host = StartBefore(node);

        await host.PauseAsync(1.1);
        await host.PauseAsync(0.8);

        var message = (await host.FailsAsync<TimeoutException>()).Message;
        Assert.Contains("- pod_identity: Unhealthy (NmiUnreachable): ", message, StringComparison.Ordinal);
        Assert.Contains("- nmi: Unhealthy (NmiUnreachable): ", message, StringComparison.Ordinal);
        Assert.Contains("kubectl", message, StringComparison.Ordinal);
    }

    /// <summary>The pause is none of the checks' own deadlines.</summary>
    private static GatedHost StartBefore(PodIdentitySimulator node) => GatedHost.Create(
        checks => checks
            .AddPodIdentity(CheckedPod.Options(node, o => o.RequiredResponder = PodIdentityResponder.Nmi), tags: ["ready", "startup"])
            .AddNmiHealth(
                o =>
                {
                    (o.Endpoint, o.MetadataAddress) = (node.NmiHealthEndpoint, node.MetadataAddress);
                    CheckedPod.AskEveryTime(o);
                },
                tags: ["startup"])
            .AddStartupGate("startup", o => (o.Timeout, o.Interval) = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1.1))),
        clock: new ManualTimeProvider()).Start();
}
