using System.Net;
using System.Net.Sockets;
using PodIdentity.HealthChecks.Testing;

namespace WebApp.Tests;

/// <summary>What only a process shows: its console, its exit code, its port and the signals it gets.</summary>
public sealed class SampleProcessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_a_laptop_the_console_shows_three_links()
    {
        using var process = SampleProcess.Start("Development", "--urls", "http://127.0.0.1:0");
        try
        {
            var links = (await process.ReadUntilAsync("/health/live")).Split('\n').Where(line => line.StartsWith("http", StringComparison.Ordinal)).ToArray();

            var url = links[0][..^"/simulator".Length];
            Assert.Equal([$"{url}/simulator", $"{url}/health/ready", $"{url}/health/live"], links);
            Assert.StartsWith("http://127.0.0.1:", url, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task Outside_development_a_missing_host_ip_ends_the_start_with_the_lines_to_paste()
    {
        var (exitCode, output, error) = await RunToEndAsync("Production", "--urls", "http://127.0.0.1:0");

        Assert.Equal(1, exitCode);
        Assert.Contains(
            """
            env:
            - name: HOST_IP
              valueFrom:
                fieldRef: {fieldPath: status.hostIP}
            """,
            error,
            StringComparison.Ordinal);
        AssertNoStackTrace(output + error);
    }

    [Theory]
    [InlineData("--PodIdentity:Resource=vault", "Health check 'pod_identity': Resource is 'vault'")]
    [InlineData("--PodIdentity:AttemptTimeout=soon", "PodIdentity:AttemptTimeout is 'soon'")]
    [InlineData("--Nmi:Port=0", "Health check 'nmi_liveness': Port is '0'")]
    [InlineData("--PodIdentity:RequireResponder=Nmi", "PodIdentity:RequireResponder is not an option (did you mean RequiredResponder?)")]
    [InlineData("--NmiLiveness:GracePeriod=00:05:00", "GracePeriod is not an option (did you mean FailureGracePeriod?)")]
    [InlineData("--StartupGate:Timeout=soon", "Failed to convert configuration value 'soon' at 'StartupGate:Timeout'")]
    [InlineData("--ShutdownDelay=5", "ShutdownDelay is '5': it must be from 00:00:00 to 00:00:20. Example: ShutdownDelay=00:00:05")]
    [InlineData("--Guard=Tokens", "Guard is 'Tokens': it must be Identity, Nmi, WorkloadIdentity or None. Example: Guard=Identity")]
    public async Task A_wrong_setting_ends_the_start_with_its_message_alone(string argument, string message)
    {
        var (exitCode, output, error) = await RunToEndAsync("Production", "--HOST_IP=10.240.0.4", argument);

        Assert.Equal(1, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        AssertNoStackTrace(output + error);
    }

    [Fact]
    public async Task A_busy_port_ends_the_start_with_one_line()
    {
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();

        var (exitCode, output, error) = await RunToEndAsync("Development", "--urls", $"http://{busy.LocalEndpoint}");

        Assert.Equal(1, exitCode);
        Assert.Equal($"Failed to bind to address http://{busy.LocalEndpoint}: address already in use.", error.Trim());
        AssertNoStackTrace(output);
    }

    /// <summary>These are the last lines of its log, which `terminationMessagePolicy: FallbackToLogsOnError` shows in `kubectl describe`.</summary>
    [Fact]
    public async Task The_end_of_the_start_up_gate_is_an_exit_code_and_the_diagnosis()
    {
        var (exitCode, output, error) = await RunToEndAsync(
            "Production",
            "--urls", "http://127.0.0.1:0",
            "--Guard=Nmi",
            "--HOST_IP=127.0.0.1",
            "--Nmi:Port=9",
            "--Nmi:MetadataAddress=http://127.0.0.1:9/",
            "--StartupGate:Timeout=00:00:05",
            "--StartupGate:Interval=00:00:00.1");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("Start-up gate 'startup' did not open within 5 s", error, StringComparison.Ordinal);
        Assert.Contains("\n- nmi: Unhealthy (NmiUnreachable)", error, StringComparison.Ordinal);
        Assert.EndsWith("\nTo start without waiting, set PODIDENTITY_STARTUP_GATE_DISABLED=true.\n", error, StringComparison.Ordinal);
        AssertNoStackTrace(output + error);
    }

    [Fact]
    public async Task A_pod_that_is_deleted_before_its_start_does_not_crash()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var process = SampleProcess.Start(
            "Production", "--urls", "http://127.0.0.1:0", "--Guard=Nmi", "--HOST_IP=127.0.0.1", "--Nmi:Port=9", "--Nmi:MetadataAddress=http://127.0.0.1:9/");
        await process.ReadUntilAsync("NmiUnreachable");

        using var kill = System.Diagnostics.Process.Start("kill", ["-TERM", $"{process.Id}"]);
        var rest = await process.StandardOutput.ReadToEndAsync(Cancellation) + await process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(0, process.ExitCode);
        AssertNoStackTrace(rest);
    }

    [Fact]
    public async Task On_SIGTERM_readiness_fails_and_the_port_stays_open()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var process = SampleProcess.Start("Production", "--urls", "http://127.0.0.1:0", "--Guard=None", "--ShutdownDelay=00:00:20");
        try
        {
            var started = await process.ReadUntilAsync("Now listening on");
            using var client = new HttpClient { BaseAddress = new Uri(started[started.LastIndexOf("http://", StringComparison.Ordinal)..]) };
            using var kill = System.Diagnostics.Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.ReadUntilAsync("Application is shutting down");

            // It reads as Healthy until the host has come to it.
            while (await AskAsync("/health/ready") is HttpStatusCode.OK)
            {
            }

            Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync("/health/ready"));
            Assert.Equal(HttpStatusCode.OK, await AskAsync("/health/live"));

            async Task<HttpStatusCode> AskAsync(string path)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { ConnectionClose = true } }; // a new connection each
                using var response = await client.SendAsync(request, Cancellation);
                return response.StatusCode;
            }
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(Cancellation);
        }
    }

    [Fact]
    public async Task On_SIGTERM_it_ends_in_order()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var process = SampleProcess.Start("Production", "--urls", "http://127.0.0.1:0", "--Guard=None", "--ShutdownDelay=00:00:00.1");
        await process.ReadUntilAsync("Application started");

        using var kill = System.Diagnostics.Process.Start("kill", ["-TERM", $"{process.Id}"]);
        var rest = await process.StandardOutput.ReadToEndAsync(Cancellation) + await process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(0, process.ExitCode);
        AssertNoStackTrace(rest);
    }

    [Fact]
    public async Task In_a_pod_nothing_listens_before_nmi_is_active()
    {
        await using var node = await PodIdentitySimulator.StartAsync(cancellationToken: Cancellation);
        await node.Nmi.SetStateAsync(NmiState.NotActive);
        using var process = SampleProcess.Start(
            "Production",
            "--urls", "http://127.0.0.1:0",
            "--Guard=Nmi",
            $"--HOST_IP={node.NmiProbeAddress.Host}",
            $"--Nmi:Port={node.NmiProbeAddress.Port}",
            $"--Nmi:MetadataAddress={node.MetadataAddress}");
        try
        {
            var held = await process.ReadUntilAsync("NmiNotActive");
            await node.Nmi.SetStateAsync(NmiState.Active);
            var started = await process.ReadUntilAsync("Now listening on");

            Assert.DoesNotContain("Now listening on", held, StringComparison.Ordinal);
            Assert.Contains("nmi_liveness", held + started, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(Cancellation);
        }
    }

    private static void AssertNoStackTrace(string text)
    {
        Assert.DoesNotContain("Unhandled exception", text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunToEndAsync(string environment, params string[] arguments)
    {
        using var process = SampleProcess.Start(environment, arguments);
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await output, await error);
    }
}
