using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace WebApp.Tests;

/// <summary>The sample as a process of its own, and a collector for it.</summary>
public sealed class TelemetryTests
{
    private static readonly string[] Expected =
    [
        "podidentity.health_check.attempt.duration", "podidentity.health_check.status", "podidentity.health_check.token.remaining_lifetime", "pod_identity",
    ];

    [Fact]
    public async Task Measurements_are_exported_by_OTLP_where_the_environment_says_where_to()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = await StartCollectorAsync(received);
        using var process = SampleProcess.Start(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            },
            "Development",
            "--urls",
            "http://127.0.0.1:0");
        try
        {
            var url = await ReadUrlAsync(process);
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = url };
            (await client.GetAsync("/health/ready", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

            // Exports go on until the test's own time is over.
            Assert.NotEmpty(await received.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<WebApplication> StartCollectorAsync(TaskCompletionSource<string> received)
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
            if (Expected.All(name => text.Contains(name, StringComparison.Ordinal)))
            {
                received.TrySetResult(text);
            }
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    private static async Task<Uri> ReadUrlAsync(Process process)
    {
        const string Listening = "Now listening on: ";
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
            {
                return new Uri(line[(at + Listening.Length)..]);
            }
        }

        throw new InvalidOperationException("The sample ended: " + await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }
}
