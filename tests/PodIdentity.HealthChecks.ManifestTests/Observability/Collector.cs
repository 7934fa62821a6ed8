using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ProtoBuf;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>Receives measurements where Prometheus does.</summary>
internal sealed class Collector(WebApplication application, ChannelReader<Exported> exports) : IAsyncDisposable
{
    /// <summary>Only an application that exports nothing takes so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public Uri Address => new(application.Urls.Single());

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var exports = Channel.CreateUnbounded<Exported>();
        application.MapPost("/api/v1/otlp/v1/metrics", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            body.Position = 0;
            try
            {
                exports.Writer.TryWrite(Serializer.Deserialize<Exported>(body));
            }
            catch (Exception exception)
            {
                exports.Writer.TryComplete(exception); // whoever waits is told
                throw;
            }
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new Collector(application, exports.Reader);
    }

    /// <summary>Waits for an export that holds measurements of so many instruments of the meter.</summary>
    public async Task<(Resource Resource, IReadOnlyList<ExportedMetric> Metrics)> ReceiveAsync(string meter, int count)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, TestContext.Current.CancellationToken);
        string[] last = [];
        var received = 0;
        try
        {
            await foreach (var export in exports.ReadAllAsync(end.Token))
            {
                received++;
                var resource = export.Resources.Single();
                var ofMeter = resource.Meters.Where(m => meter.Equals(m.Scope?.Name, StringComparison.Ordinal)).SelectMany(m => m.Metrics);

                // Now and then the exporter repeats an instrument.
                var metrics = ofMeter.DistinctBy(m => m.Name, StringComparer.Ordinal).ToArray();
                if (metrics.Length >= count)
                {
                    return (resource.Resource!, metrics);
                }

                last = [.. metrics.Select(m => m.Name)];
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
        }

        throw new InvalidOperationException($"Of {count} instruments of {meter}, the last of {received} exports had {last.Length}: {string.Join(", ", last)}");
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();
}
