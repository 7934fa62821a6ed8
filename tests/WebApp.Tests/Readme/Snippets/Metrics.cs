using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using PodIdentity.HealthChecks;

namespace WebApp.Tests.Readme.Snippets;

public class Metrics
{
    [Fact]
    public async Task What_the_checks_measure_is_listened_to()
    {
        var builder = Hosts.InMemory();
        builder.Services.AddHealthChecks().AddPodIdentity(_ => throw new InvalidOperationException("No credential."));

        builder.Services.AddOpenTelemetry().UseOtlpExporter()
            .WithMetrics(metrics => metrics.AddMeter(PodIdentityMetrics.MeterName));

        await using var app = builder.Build();
        await app.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("pod_identity:CredentialFailed", await Hosts.VerdictsOf(app.Services));
        Assert.Contains("podidentity.health_check.status", Hosts.ListenedTo(app.Services), StringComparer.Ordinal);
    }
}
