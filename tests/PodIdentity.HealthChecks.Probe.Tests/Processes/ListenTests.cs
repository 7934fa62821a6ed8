using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>A watch that listens. LISTEN_REQUESTS sets how many requests must leave its memory and its descriptors as they were.</summary>
public sealed class ListenTests
{
    private readonly int _port = RawHttp.FreePort();

    [Fact]
    public async Task The_endpoints_follow_what_the_watch_finds()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        using var watch = Start(node, "--failing-for 24h");
        await watch.ReadUntilAsync("Unhealthy (NmiUnreachable): NMI at ");
        Assert.Equal("503 200 503", await StatusesAsync());

        await node.Nmi.SetStateAsync(NmiState.Active);
        await watch.ReadUntilAsync("Healthy: NMI issued a token to client ID ");
        Assert.Equal("200 200 200", await StatusesAsync());
        var ready = await RawHttp.GetAsync(_port, "/readyz");
        var everything = await RawHttp.GetAsync(_port, "/readyz?verbose");

        await node.Nmi.SetStateAsync(NmiState.Killed);
        await watch.ReadUntilAsync("Unhealthy (NmiUnreachable): NMI at ");
        Assert.Equal("200 200 503", await StatusesAsync());
        var unready = await RawHttp.GetAsync(_port, "/readyz");

        Assert.StartsWith("Healthy: NMI issued a token to client ID ", ready.Body, StringComparison.Ordinal);
        Assert.Equal("text/plain; charset=utf-8", ready.Headers["Content-Type"]);
        Assert.StartsWith("Unhealthy (NmiUnreachable): NMI at ", unready.Body, StringComparison.Ordinal);
        Assert.Single(unready.Body, '\n');
        Assert.StartsWith("{\"time\":", everything.Body, StringComparison.Ordinal);
        Assert.Contains("\"subject\":\"nmi\",\"status\":\"Healthy\",", everything.Body, StringComparison.Ordinal);
        Assert.Contains($"\"clientId\":\"{node.Identity().ClientId}\"", everything.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Liveness_has_no_grace_unless_it_is_given_one()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        using var watch = Start(node);
        await watch.ReadUntilAsync("Unhealthy (NmiUnreachable): NMI at ");

        Assert.Equal("503 503 503", await StatusesAsync());
    }

    [Theory]
    [InlineData("*/*", false)]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)]
    public async Task Prometheus_reads_its_metrics(string accept, bool isOpenMetrics)
    {
        await using var node = await Pod.StartAsync();
        using var watch = Start(node);
        await watch.ReadUntilAsync("Healthy: NMI issued a token to client ID ");

        var samples = MetricsText.Read((await RawHttp.GetAsync(_port, "/metrics", accept)).Body, isOpenMetrics);

        Assert.Equal(1, samples["""podidentity_health_check_status{dotnet_health_check_name="token",podidentity_health_check_state="Healthy"}"""]);
        Assert.InRange(samples["""podidentity_health_check_token_remaining_lifetime_seconds{dotnet_health_check_name="token"}"""], 60, 90_000);
        Assert.InRange(samples["""podidentity_health_check_attempt_duration_seconds_count{dotnet_health_check_name="token",podidentity_reason="None",podidentity_responder="Nmi"}"""], 1, 1000);
    }

    [Fact]
    public async Task Other_paths_and_methods_are_refused_and_HEAD_is_answered()
    {
        using var watch = StartDisabled();
        await watch.ReadLineAsync();

        Assert.Equal(404, (await RawHttp.GetAsync(_port, "/healthz")).Status);
        Assert.Equal(405, (await RawHttp.SendAsync(_port, "DELETE /readyz HTTP/1.1\r\n\r\n")).Status);
        Assert.Equal(400, (await RawHttp.SendAsync(_port, "hello\r\n")).Status);
        Assert.Equal((200, ""), await StatusAndBodyAsync("HEAD /readyz HTTP/1.1\r\n\r\n"));
    }

    [Fact]
    public async Task A_watch_that_is_switched_off_holds_nobody_back()
    {
        using var watch = StartDisabled();
        await watch.ReadLineAsync();

        Assert.Equal("200 200 200", await StatusesAsync());
        Assert.Equal((200, 200), ((await RawHttp.GetAsync(_port, "/livez/nmi")).Status, (await RawHttp.GetAsync(_port, "/readyz/nmi")).Status));
        Assert.Equal("Healthy: Nothing is checked: POD_IDENTITY_DISABLED is set.\n", (await RawHttp.GetAsync(_port, "/readyz")).Body);
    }

    [Fact]
    public async Task A_watch_that_is_switched_off_stays_though_it_cannot_listen()
    {
        using var first = StartDisabled();
        await first.ReadLineAsync();
        using var second = StartDisabled();

        Assert.Equal("Nothing is checked: POD_IDENTITY_DISABLED is set.", await second.ReadLineAsync());
        Assert.Equal("The watch is not listening: the port is in use.", await second.ReadLineAsync());
    }

    [Fact]
    public async Task A_watch_that_is_switched_off_says_that_its_address_is_wrong()
    {
        using var watch = ProbeProcess.Start("watch token --listen 127.0.0.1:99999", ("POD_IDENTITY_DISABLED", "1"));

        Assert.Equal("Nothing is checked: POD_IDENTITY_DISABLED is set.", await watch.ReadLineAsync());
        Assert.Equal("The watch is not listening: --listen must be a port, or an IP address and a port.", await watch.ReadLineAsync());
    }

    [Fact]
    public async Task A_port_in_use_is_a_wrong_setting()
    {
        using var first = StartDisabled();
        await first.ReadLineAsync();

        var byFlag = await ProbeProcess.RunAsync($"watch token --listen {_port}");
        var byVariable = await ProbeProcess.RunAsync("watch token", ("POD_IDENTITY_LISTEN", $"127.0.0.1:{_port}"));

        Assert.Equal((3, $"--listen is '{_port}': the port is in use. Example: 8091\n"), (byFlag.ExitCode, byFlag.Error));
        Assert.Equal(3, byVariable.ExitCode);
        Assert.StartsWith($"POD_IDENTITY_LISTEN is '127.0.0.1:{_port}': ", byVariable.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGTERM_ends_it_at_once_whoever_is_connected()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await using var node = await Pod.StartAsync();
        using var watch = Start(node);
        await watch.ReadLineAsync();
        using var idle = await RawHttp.ConnectAsync(_port, "GET /readyz HTTP/1.1\r\n");

        watch.Signal(PosixSignal.SIGTERM);
        var result = await watch.EndAsync();

        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith("Stopped by SIGTERM.\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_verdict_goes_on_while_thousands_connect()
    {
        await using var node = await Pod.StartAsync();
        using var watch = Start(node);
        await watch.ReadUntilAsync("Healthy: NMI issued a token to client ID ");
        var crowd = new List<Socket>();
        for (var i = 0; i < 2000; i++)
        {
            crowd.Add(await RawHttp.ConnectAsync(_port));
        }

        await node.Nmi.SetStateAsync(NmiState.Killed);
        await watch.ReadUntilAsync("Unhealthy (NmiUnreachable): NMI at ");

        Assert.Equal("200 503 503", await StatusesAsync());
        crowd.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Requests_leave_nothing_behind()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self/fd"), "There is no /proc.");
        var requests = int.Parse(Environment.GetEnvironmentVariable("LISTEN_REQUESTS") ?? "3000", CultureInfo.InvariantCulture);
        using var watch = StartDisabled();
        await watch.ReadLineAsync();
        await AskAsync(1000);
        var (before, sockets) = (ResidentKiB(watch), Sockets(watch));

        await AskAsync(requests);

        Assert.InRange(ResidentKiB(watch) - (ProbeBinary.Native is null ? before : 0), int.MinValue, ProbeBinary.Native is null ? 64 * 1024 : 20 * 1024);

        // The last connections may not have been closed yet.
        Assert.InRange(Sockets(watch) - sockets, int.MinValue, 64);
    }

    private static int Sockets(ProbeProcess process) =>
        Directory.GetFiles($"/proc/{process.Id}/fd").Count(d => new FileInfo(d).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) is true);

    private static int ResidentKiB(ProbeProcess process) =>
        int.Parse(File.ReadLines($"/proc/{process.Id}/status").Single(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private async Task AskAsync(int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            Assert.Equal(200, (await RawHttp.GetAsync(_port, (i % 3) switch { 0 => "/readyz", 1 => "/readyz?verbose", _ => "/metrics" })).Status);
        }
    }

    private async Task<(int, string)> StatusAndBodyAsync(string request)
    {
        var answer = await RawHttp.SendAsync(_port, request);
        return (answer.Status, answer.Body);
    }

    private async Task<string> StatusesAsync() =>
        $"{(await RawHttp.GetAsync(_port, "/startupz")).Status} {(await RawHttp.GetAsync(_port, "/livez")).Status} {(await RawHttp.GetAsync(_port, "/readyz")).Status}";

    private ProbeProcess StartDisabled() => ProbeProcess.Start($"watch token --listen {_port}", ("POD_IDENTITY_DISABLED", "1"));

    private ProbeProcess Start(PodIdentitySimulator node, string more = "") => ProbeProcess.StartIn(
        "exec \"$@\" 2>&1", $"watch all --required-responder Nmi --interval 1s --listen {_port} {more}", node.Environment());
}
