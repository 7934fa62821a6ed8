using System.Runtime.InteropServices;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>A sidecar's memory, and the exec probes that read it.</summary>
public sealed class StatusTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string StatusFile => _directory.File("identity");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_probe_reports_what_the_watch_found_and_follows_it()
    {
        await using var node = await Pod.StartAsync();
        using var watch = ProbeProcess.StartIn(
            "exec \"$@\" 2>&1", $"watch all --required-responder Nmi --interval 1s --status-file {StatusFile}", node.Environment());
        await watch.ReadUntilAsync("Healthy: NMI issued a token to client ID ");
        var before = await ProbeProcess.RunAsync($"status {StatusFile}");
        await node.Nmi.SetStateAsync(NmiState.Killed);
        await watch.ReadUntilAsync("Unhealthy (NmiUnreachable): NMI at ");
        var during = await ProbeProcess.RunAsync("status", ("POD_IDENTITY_STATUS_FILE", StatusFile));
        await node.Nmi.SetStateAsync(NmiState.Active);
        await watch.ReadUntilAsync("Healthy: NMI is active");
        var after = await ProbeProcess.RunAsync($"status {StatusFile}");

        Assert.Equal(0, before.ExitCode);
        Assert.StartsWith("Healthy: NMI is active and intercepts this pod's token requests.\nHealthy: NMI issued a token", before.Output, StringComparison.Ordinal);
        Assert.Equal((2, string.Empty), (during.ExitCode, during.Output));
        Assert.StartsWith("Unhealthy (NmiUnreachable): NMI at ", during.Error, StringComparison.Ordinal);
        Assert.Equal((0, before.Output), (after.ExitCode, after.Output));
    }

    [Fact]
    public async Task A_watch_that_is_switched_off_stays_and_tells_its_readers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await File.WriteAllTextAsync(StatusFile, "old", TestContext.Current.CancellationToken);
        using var watch = ProbeProcess.Start($"watch all --status-file {StatusFile}", ("POD_IDENTITY_DISABLED", "1"));
        Assert.Equal("Nothing is checked: POD_IDENTITY_DISABLED is set.", await watch.ReadLineAsync());

        var result = await ProbeProcess.RunAsync($"status {StatusFile}");
        watch.Signal(PosixSignal.SIGTERM);

        Assert.Equal((0, "Healthy: Nothing is checked: POD_IDENTITY_DISABLED is set.\n"), (result.ExitCode, result.Output));
        Assert.Equal(0, (await watch.EndAsync()).ExitCode);
    }
}
