using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

public sealed class WatchTests
{
    [Fact]
    public async Task A_change_of_verdict_is_said_and_so_is_the_end_of_it()
    {
        await using var node = await Pod.StartAsync();
        using var probe = ProbeProcess.StartIn("exec \"$@\" 2>&1", "watch all --interval 1s --required-responder Nmi", node.Environment());

        Assert.StartsWith("Healthy: NMI is active", await probe.ReadLineAsync(), Ordinal);
        Assert.StartsWith("Healthy: NMI issued a token", await probe.ReadLineAsync(), Ordinal);
        await node.Nmi.SetStateAsync(NmiState.Stopping);
        Assert.StartsWith("Unhealthy (NotIntercepted): ", await probe.ReadLineAsync(), Ordinal);
        await node.Nmi.SetStateAsync(NmiState.Active);
        Assert.StartsWith("Healthy: NMI is active", await probe.ReadLineAsync(), Ordinal);
    }
}
