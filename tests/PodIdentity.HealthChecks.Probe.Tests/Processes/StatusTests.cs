using System.Runtime.InteropServices;
using System.Text.Json;
using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>A sidecar's memory, and the exec probes that read it.</summary>
public sealed class StatusTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string StatusFile => _directory.File("identity");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_probe_says_what_the_watch_found_and_follows_it()
    {
        await using var node = await Pod.StartAsync();
        using var watch = Watch(node, "all --required-responder Nmi");
        await watch.ReadLineAsync();

        var before = await ProbeProcess.RunAsync($"status {StatusFile}");
        await node.Nmi.SetStateAsync(NmiState.Killed);
        Assert.StartsWith("Healthy: NMI issued", await watch.ReadLineAsync(), Ordinal);
        Assert.StartsWith("Unhealthy (NmiUnreachable): ", await watch.ReadLineAsync(), Ordinal);
        var after = await ProbeProcess.RunAsync("status", ("POD_IDENTITY_STATUS_FILE", StatusFile));
        var liveness = await ProbeProcess.RunAsync($"status {StatusFile} --failing-for 5m");

        Assert.Equal(0, before.ExitCode);
        Assert.StartsWith("Healthy: NMI is active and intercepts this pod's token requests.\nHealthy: NMI issued a token to client id ", before.Output, Ordinal);
        Assert.Equal((2, string.Empty), (after.ExitCode, after.Output));
        Assert.StartsWith("Unhealthy (NmiUnreachable): NMI at ", after.Error, Ordinal);
        Assert.Contains("See `kubectl", after.Error, Ordinal);
        Assert.Equal(0, liveness.ExitCode);
        Assert.Contains("it counts after 5 min 0 s.", liveness.Output, Ordinal);
    }

    [Fact]
    public async Task NMI_that_dies_while_a_request_waits_for_its_reason_is_seen_at_the_next_look()
    {
        await using var node = await Pod.StartAsync(timeScale: 1);
        using var watch = Watch(node, "token --result-lifetime 0");
        Assert.StartsWith("Healthy: ", await watch.ReadLineAsync(), Ordinal);
        node.Pod.UnbindAll();
        Assert.StartsWith("Degraded (IdentityPending): NMI is alive and has not answered", await watch.ReadLineAsync(), Ordinal);
        Assert.Equal(0, (await ProbeProcess.RunAsync($"status {StatusFile}")).ExitCode);

        await node.Nmi.SetStateAsync(NmiState.Stopping);

        Assert.StartsWith("Unhealthy (NotIntercepted): ", await watch.ReadLineAsync(), Ordinal);
        Assert.Equal(2, (await ProbeProcess.RunAsync($"status {StatusFile}")).ExitCode);
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_into_is_no_status()
    {
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", StatusFile))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var status = await ProbeProcess.RunAsync($"status {StatusFile}");

        Assert.Equal(4, status.ExitCode);
        Assert.Contains("nothing came from it in 2 s", status.Error, Ordinal);
    }

    [Fact]
    public async Task Throttling_does_not_fail_a_pod_whose_token_is_valid()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        using var watch = Watch(node, "token --result-lifetime 0");
        Assert.StartsWith("Healthy: ", await watch.ReadLineAsync(), Ordinal);

        node.Imds.Fault = ImdsFault.Throttled;

        Assert.StartsWith("Degraded (Throttled): ", await watch.ReadLineAsync(), Ordinal);
        var result = await ProbeProcess.RunAsync($"status {StatusFile}");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("Degraded (Throttled): ", result.Output, Ordinal);
    }

    [Fact]
    public async Task Without_a_watch_it_is_4()
    {
        var result = await ProbeProcess.RunAsync($"status {StatusFile}");

        Assert.Equal((4, string.Empty), (result.ExitCode, result.Output));
        Assert.StartsWith($"Unhealthy: The status file {StatusFile} cannot be read: there is no such file. A watch that runs keeps one there: see the log of the container", result.Error, Ordinal);
    }

    [Fact]
    public async Task It_speaks_json_too()
    {
        await File.WriteAllTextAsync(StatusFile, StatusTexts.Degraded(TimeProvider.System.GetUtcNow()), TestContext.Current.CancellationToken);

        var result = await ProbeProcess.RunAsync($"status {StatusFile} --output json");

        using var line = JsonDocument.Parse(result.Output);
        Assert.Equal("Degraded", line.RootElement.GetProperty("status").GetString());
        Assert.Equal("token", line.RootElement.GetProperty("subject").GetString());
    }

    [Fact]
    public async Task Other_settings_of_the_pod_do_not_matter_to_it()
    {
        await File.WriteAllTextAsync(StatusFile, StatusTexts.Healthy(TimeProvider.System.GetUtcNow()), TestContext.Current.CancellationToken);

        Assert.Equal(0, (await ProbeProcess.RunAsync($"status {StatusFile}", ("POD_IDENTITY_URL", "nonsense"))).ExitCode);
    }

    [Fact]
    public async Task A_watch_that_is_switched_off_says_so_to_its_readers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await File.WriteAllTextAsync(StatusFile, StatusTexts.Failing(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow()), TestContext.Current.CancellationToken);
        using var watch = ProbeProcess.Start($"watch all --status-file {StatusFile}", ("POD_IDENTITY_DISABLED", "true"));
        await watch.ReadLineAsync();
        watch.Signal(PosixSignal.SIGTERM);
        await watch.EndAsync();

        var result = await ProbeProcess.RunAsync($"status {StatusFile}");

        Assert.Equal((0, "Healthy: Nothing is checked: POD_IDENTITY_DISABLED is set.\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task A_probe_that_is_switched_off_reads_nothing() =>
        Assert.Equal(0, (await ProbeProcess.RunAsync($"status {StatusFile}", ("POD_IDENTITY_DISABLED", "true"))).ExitCode);

    private ProbeProcess Watch(PodIdentitySimulator node, string what) =>
        ProbeProcess.StartIn("exec \"$@\" 2>&1", $"watch {what} --interval 1s --status-file {StatusFile}", node.Environment());
}
