using Microsoft.Extensions.Logging;
using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Telemetry;

/// <summary>A line for what changed, none for what stays; ids and names are a contract.</summary>
public sealed class LogTests : IDisposable
{
    private readonly CollectedLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_line_is_written_when_the_verdict_changes_and_only_then()
    {
        await using var node = await Node.StartAsync();
        await using var pod = Pod(node);
        await pod.CheckAsync();
        await pod.CheckAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        await pod.CheckAsync();
        await pod.CheckAsync();
        await node.Nmi.SetStateAsync(NmiState.Active);
        await pod.CheckAsync();

        Assert.Equal(
            [(1, "PodIdentityHealthy"), (2, "PodIdentityNotHealthy"), (1, "PodIdentityHealthy")],
            Ours().Select(l => (l.Id.Id, l.Id.Name ?? string.Empty)));
    }

    [Fact]
    public async Task The_line_names_check_reason_and_what_to_do()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        await using var pod = Pod(node);
        await pod.CheckAsync();

        var line = Assert.Single(Ours());

        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.StartsWith("pod_identity is failing (NmiUnreachable): ", line.Text, StringComparison.Ordinal);
        Assert.Contains("kubectl", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backing_off_is_told()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        node.Imds.Fault = ImdsFault.Throttled;
        await using var pod = Pod(node);
        await pod.CheckAsync();
        await pod.CheckAsync();

        Assert.Equal("PodIdentityBackedOff", Assert.Single(Ours(), l => l.Id.Id == 3).Id.Name);
    }

    [Fact]
    public async Task Waiting_for_NMI_is_told()
    {
        var clock = new ManualTimeProvider();
        await using var node = await PodIdentitySimulator.StartAsync(
            o => o.TimeProvider = new ManualTimeProvider(), TestContext.Current.CancellationToken);
        node.Pod.UnbindAll();
        await using var pod = Pod(node, clock);
        var check = pod.CheckAsync();
        await node.WhenRequests(_ => true, ct: TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(3));
        await check;

        Assert.Equal("PodIdentityWaitsForNmi", Assert.Single(Ours(), l => l.Id.Id == 4).Id.Name);
    }

    private IEnumerable<(string Category, EventId Id, LogLevel Level, string Text)> Ours() =>
        _log.Lines.Where(l => l.Category.Equals("PodIdentity.HealthChecks", StringComparison.Ordinal));

    private CheckedPod Pod(PodIdentitySimulator node, TimeProvider? time = null) => CheckedPod.Create(
        checks => checks.AddPodIdentity(CheckedPod.Options(node)).Services.AddLogging(l => l.AddProvider(_log).SetMinimumLevel(LogLevel.Trace)), time);
}
