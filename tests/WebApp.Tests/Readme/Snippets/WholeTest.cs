#pragma warning disable xUnit1051 // as short as a reader's

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks;
using PodIdentity.HealthChecks.Testing;
using Xunit;

namespace WebApp.Tests.Readme.Snippets;

public class WholeTest
{
    [Fact]
    public async Task Readiness_fails_while_nmi_is_stopping()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(options => options.TimeScale = 0.01);
        var services = new ServiceCollection().AddLogging();
        services.AddHealthChecks().AddPodIdentity(options =>
        {
            options.TokenEndpoint = simulator.TokenEndpoint;
            options.RequiredResponder = PodIdentityResponder.Nmi;
            options.ResultLifetime = TimeSpan.Zero;
        });
        await using var provider = services.BuildServiceProvider();
        var health = provider.GetRequiredService<HealthCheckService>();

        var before = await health.CheckHealthAsync();
        await simulator.Nmi.SetStateAsync(NmiState.Stopping);
        var after = await health.CheckHealthAsync();

        Assert.Equal(HealthStatus.Healthy, before.Status);
        Assert.Equal(HealthStatus.Unhealthy, after.Status);
        Assert.Equal("NotIntercepted", after.Entries["pod_identity"].Data[PodIdentityDataKeys.Reason]);
    }
}
