using System.Runtime.InteropServices;
using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>What only a process can show: arguments, environment and exit code, standard output that nobody reads, and signals.</summary>
public sealed class ProcessTests
{
    private const string Other = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    [Theory]
    [InlineData("check all --required-responder Nmi", NmiState.Active, ImdsFault.None, 0, "Healthy: NMI is active")]
    [InlineData("check token --output json", NmiState.Active, ImdsFault.None, 0, "\"status\":\"Healthy\",\"exitCode\":0,")]
    [InlineData("check token --output json --expected-client-id " + Other, NmiState.Active, ImdsFault.None, 1, "\"reason\":\"IdentityMismatch\"")]
    [InlineData("check token", NmiState.Killed, ImdsFault.None, 2, "Unhealthy (NmiUnreachable): ")]
    [InlineData("check token --expected-client-id=me", NmiState.Active, ImdsFault.None, 3, "--expected-client-id is 'me': it must be a GUID")]
    [InlineData("check token", NmiState.Stopping, ImdsFault.Throttled, 4, "Unhealthy (Throttled): ")]
    public async Task Each_class_has_its_exit_code(string arguments, NmiState state, ImdsFault fault, int code, string text)
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(state);
        node.Imds.Fault = fault;

        var result = await ProbeProcess.RunAsync(arguments, node.Environment());

        Assert.Equal((code, result.All), (result.ExitCode, result.All));
        Assert.Contains(text, result.All, Ordinal);
    }

    [Fact]
    public async Task No_proxy_is_used_on_the_way_to_NMI_and_the_metadata_service()
    {
        await using var node = await Pod.StartAsync();
        var proxies = new[] { "HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY" }.Select(n => (n, "http://127.0.0.1:1")).ToArray();

        Assert.Equal(0, (await ProbeProcess.RunAsync("check all", node.Environment(proxies))).ExitCode);
    }

    [Theory]
    [InlineData("check token", "Degraded (MetadataProxied): NMI issued a token")]
    [InlineData("doctor", "What to do: Add 127.0.0.1 to NO_PROXY")]
    [InlineData("doctor --output json", "\"reason\":\"MetadataProxied\"")]
    public async Task A_proxy_in_the_way_of_the_application_is_named_without_its_password(string arguments, string text)
    {
        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync(
            arguments, ("AZURE_POD_IDENTITY_AUTHORITY_HOST", $"{node.MetadataAddress}"), ("HTTP_PROXY", "http://user:sesame@127.0.0.1:1"));

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.Contains(text, result.Output, Ordinal);
        Assert.DoesNotContain("sesame", result.All, Ordinal);
    }

    [Fact]
    public async Task The_address_that_Azure_Identity_is_sent_to_is_asked()
    {
        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync(
            "check token", ("AZURE_POD_IDENTITY_AUTHORITY_HOST", $"{node.MetadataAddress}"), ("POD_IDENTITY_ATTEMPT_TIMEOUT", "5m"));

        Assert.Equal(0, result.ExitCode);
        Assert.Single(node.TokenRequests());
    }

    [Fact]
    public async Task An_address_of_Azure_Identity_that_is_none_is_3()
    {
        var result = await ProbeProcess.RunAsync("", ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "ftp://169.254.169.254/"));

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith("AZURE_POD_IDENTITY_AUTHORITY_HOST is 'ftp://169.254.169.254/': it must be an absolute http address", result.Error, Ordinal);
    }

    [Theory]
    [InlineData("exec \"$@\" >&-", "check token", 0)]
    [InlineData("exec \"$@\" <&- >&- 2>&-", "check all", 0)]
    [InlineData("exec \"$@\" >&- 2>&-", "check token --expected-client-id " + Other, 1)]
    public async Task A_closed_standard_output_does_not_change_the_exit_code(string shell, string arguments, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no /bin/sh.");
        await using var node = await Pod.StartAsync();
        using var probe = ProbeProcess.StartIn(shell, arguments, node.Environment());

        Assert.Equal(code, (await probe.EndAsync()).ExitCode);
        Assert.Single(node.TokenRequests());
    }

    [Fact]
    public async Task A_reader_that_goes_away_does_not_end_the_watch()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no SIGTERM.");
        await using var node = await Pod.StartAsync();
        using var probe = ProbeProcess.StartIn("exec \"$@\" 2>&1", "watch token --interval 1s --result-lifetime 0", node.Environment());
        await probe.ReadLineAsync();
        probe.CloseOutput();

        // The first change of verdict is written into nothing.
        await node.Nmi.SetStateAsync(NmiState.Stopping);
        node.Imds.Fault = ImdsFault.Forbidden;
        await node.WhenRequests(Pod.IsTokenRequest, node.TokenRequests().Count + 2, TestContext.Current.CancellationToken);
        probe.Signal(PosixSignal.SIGTERM);

        Assert.Equal(0, (await probe.EndAsync(withOutput: false)).ExitCode);
    }

    [Fact]
    public async Task A_reader_that_stops_reading_stops_neither_the_watch_nor_its_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no SIGTERM.");
        await using var node = await Pod.StartAsync();
        using var probe = ProbeProcess.StartIn("head -c 65536 /dev/zero; exec \"$@\"", "watch token --interval 1s --result-lifetime 0", node.Environment());

        // The first verdict is a line that the pipe does not take.
        await node.WhenRequests(Pod.IsTokenRequest, 3, TestContext.Current.CancellationToken);
        probe.Signal(PosixSignal.SIGTERM);

        Assert.Equal(0, (await probe.EndAsync(withOutput: false)).ExitCode);
    }

    [Fact]
    public async Task A_reader_that_pauses_misses_nothing_that_is_said_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no shell.");
        using var probe = ProbeProcess.StartIn("(head -c 65536 /dev/zero; \"$@\") | (sleep 2; tail -c +65537)", "check --help");

        var result = await probe.EndAsync();

        Assert.StartsWith("Usage: podidentity-probe check", result.Output, Ordinal);
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public async Task A_watch_ends_cleanly_however_often_it_is_told(PosixSignal signal)
    {
        SkipUnlessItArrives(signal);
        await using var node = await Pod.StartAsync();
        using var probe = ProbeProcess.Start("watch token", node.Environment());
        await probe.ReadLineAsync();

        var end = probe.EndAsync();
        while (!end.IsCompleted)
        {
            probe.TrySignal(signal);
            await Task.Yield();
        }

        Assert.Equal(0, (await end).ExitCode);
        Assert.EndsWith($"Stopped by {signal}.\n", (await end).Output, Ordinal);
    }

    [Theory]
    [InlineData("", PosixSignal.SIGTERM, 143)]
    [InlineData("wait token", PosixSignal.SIGINT, 130)]
    public async Task A_wait_that_is_stopped_has_not_succeeded(string arguments, PosixSignal signal, int code)
    {
        SkipUnlessItArrives(signal);
        await using var node = await Pod.StartAsync(timeScale: 1);
        node.Pod.UnbindAll();
        using var probe = ProbeProcess.Start(arguments, node.Environment());

        await node.WhenRequests(Pod.IsTokenRequest, 1, TestContext.Current.CancellationToken);
        probe.Signal(signal);

        Assert.Equal(code, (await probe.EndAsync()).ExitCode);
    }

    /// <summary>A shell starts what runs in the background with SIGINT ignored, its children inherit that, and .NET respects it.</summary>
    private static void SkipUnlessItArrives(PosixSignal signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        const ulong Sigint = 1 << 1;
        var ignored = File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status").Where(l => l.StartsWith("SigIgn:", Ordinal)).Select(l => Convert.ToUInt64(l[7..].Trim(), 16)).FirstOrDefault()
            : 0;
        Assert.SkipWhen(signal is PosixSignal.SIGINT && (ignored & Sigint) != 0, "The tests run in the background, where SIGINT is ignored.");
    }
}
