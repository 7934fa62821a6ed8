using System.Text;
using PodIdentity.HealthChecks.Testing;

namespace WebApp.Tests;

public sealed class SampleProcessTests(SampleProcess sample) : SampleScenarios(sample), IClassFixture<SampleProcess>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void On_a_laptop_the_console_says_what_to_look_at_and_what_to_break()
    {
        var url = sample.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);

        Assert.Contains($"{url}/health/ready", sample.Greeting, StringComparison.Ordinal);
        Assert.Contains($"curl -X POST {url}/simulator/nmi/stopped", sample.Greeting, StringComparison.Ordinal);
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
    [InlineData("--PodIdentity:AttemptTimeout=soon", "'soon' at 'PodIdentity:AttemptTimeout'")]
    [InlineData("--Nmi:Port=0", "Health check 'nmi': Port is '0'")]
    [InlineData("--Guard=Tokens", "Guard is 'Tokens': it must be Identity or Nmi or WorkloadIdentity or None. Example: Guard=Identity")]
    [InlineData("--PodIdentity:RequireResponder=Nmi", "'RequireResponder'")]
    [InlineData("--NmiLiveness:GracePeriod=00:05:00", "'GracePeriod'")]
    [InlineData("--Guard=1", "Guard is '1': it must be Identity")]
    public async Task A_wrong_option_ends_the_start_with_its_message_alone(string argument, string message)
    {
        var (exitCode, output, error) = await RunToEndAsync("Production", "--HOST_IP=10.240.0.4", argument);

        Assert.Equal(1, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        AssertNoStackTrace(output + error);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("fast")]
    public async Task A_wrong_time_scale_ends_the_start_on_a_laptop(string scale)
    {
        var (exitCode, output, error) = await RunToEndAsync("Development", "--urls", "http://127.0.0.1:0", $"--Simulator:TimeScale={scale}");

        Assert.Equal(1, exitCode);
        Assert.Equal($"Simulator:TimeScale is '{scale}': it must be a number above 0, up to 100. Example: Simulator:TimeScale=0.01", error.Trim());
        AssertNoStackTrace(output);
    }

    [Fact]
    public async Task A_pod_that_is_deleted_before_its_start_does_not_crash()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var process = SampleProcess.Start(
            "Production", "--urls", "http://127.0.0.1:0", "--Guard=Nmi", "--HOST_IP=127.0.0.1", "--Nmi:Port=9", "--Nmi:MetadataAddress=http://127.0.0.1:9/");
        while (await process.StandardOutput.ReadLineAsync(Cancellation) is { } line && !line.Contains("NmiUnreachable", StringComparison.Ordinal))
        {
        }

        using var kill = System.Diagnostics.Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(0, process.ExitCode);
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
            var held = await ReadUntilAsync("NmiNotActive");
            await node.Nmi.SetStateAsync(NmiState.Active);
            var started = await ReadUntilAsync("Now listening on");

            Assert.DoesNotContain("Now listening on", held, StringComparison.Ordinal);
            Assert.Contains("nmi_liveness", held + started, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(Cancellation);
        }

        async Task<string> ReadUntilAsync(string text)
        {
            var lines = new StringBuilder();
            while (!lines.ToString().Contains(text, StringComparison.Ordinal))
            {
                lines.AppendLine(await process.StandardOutput.ReadLineAsync(Cancellation)
                    ?? throw new InvalidOperationException($"The sample ended: {lines}"));
            }

            return lines.ToString();
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
