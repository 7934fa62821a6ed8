using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace WebApp;

/// <summary>Exports the checks' measurements by OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to.</summary>
internal sealed class Telemetry : IHostedService, IDisposable
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>
    /// Listens from here on: services are made before any is started, and so before the start-up gate asks for the first time.
    /// The exporter reads where to, how and how often from the environment by itself.
    /// </summary>
    private readonly MeterProvider _provider = Sdk.CreateMeterProviderBuilder().AddMeter("PodIdentity.HealthChecks").AddOtlpExporter().Build();

    public static void AddTo(WebApplicationBuilder builder)
    {
        if (!string.IsNullOrEmpty(builder.Configuration[Endpoint]))
        {
            builder.Services.AddHostedService<Telemetry>();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _provider.ForceFlush();
        return Task.CompletedTask;
    }

    public void Dispose() => _provider.Dispose();
}
