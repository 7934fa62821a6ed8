using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace WebApp.Tests;

/// <summary>The sample as a process of its own, and a collector for it.</summary>
public sealed class TelemetryTests
{
    private const string Attempts = "podidentity.health_check.attempt.duration";
    private const string Status = "podidentity.health_check.status";

    [Fact]
    public Task Measurements_are_exported_by_OTLP_where_the_environment_says_where_to() => AssertExportsAsync(
        [Attempts, Status, "podidentity.health_check.token.remaining_lifetime", "dotnet.health_check.name", "pod_identity", "podidentity.health_check.state", "Healthy"],
        "Development",
        "--urls=http://127.0.0.1:0");

    [Fact]
    public Task Measurements_are_exported_while_the_start_up_gate_holds() => AssertExportsAsync(
        [Attempts, Status, "nmi_liveness", "NmiUnreachable"],
        "Production",
        "--urls=http://127.0.0.1:0", "--Guard=Nmi", "--HOST_IP=127.0.0.1", "--Nmi:Port=9", "--Nmi:MetadataAddress=http://127.0.0.1:9/");

    private static async Task AssertExportsAsync(string[] expected, string environment, params string[] arguments)
    {
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = await StartCollectorAsync(received, expected);
        using var process = SampleProcess.Start(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            },
            environment,
            arguments);
        try
        {
            // Exports go on until the test's own time is over.
            await received.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<WebApplication> StartCollectorAsync(TaskCompletionSource received, string[] expected)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = builder.Build();
        collector.MapPost("/v1/metrics", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);

            // Protocol buffers hold names as they are.
            var text = Encoding.Latin1.GetString(body.ToArray());
            if (expected.All(name => text.Contains(name, StringComparison.Ordinal)))
            {
                received.TrySetResult();
            }
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }
}
