#pragma warning disable xUnit1051 // the README's tests are as short as a reader's

using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using PodIdentity.HealthChecks;
using PodIdentity.HealthChecks.Testing;

namespace WebApp.Tests.Readme;

/// <summary>The README's tests of somebody's own application.</summary>
public class TestingSnippets
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

    [Fact]
    public async Task Readiness_fails_while_the_credential_fails()
    {
        var credential = Substitute.For<TokenCredential>();
        credential.GetTokenAsync(Arg.Any<TokenRequestContext>(), Arg.Any<CancellationToken>())
            .ThrowsAsync(new CredentialUnavailableException("No identity."));
        var services = new ServiceCollection().AddLogging();
        services.AddHealthChecks().AddPodIdentity(_ => credential);
        await using var provider = services.BuildServiceProvider();

        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Equal("CredentialFailed", report.Entries["pod_identity"].Data[PodIdentityDataKeys.Reason]);
    }

    [Fact]
    public async Task The_simulator_is_switched_while_it_runs()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync();

        await simulator.Nmi.SetStateAsync(NmiState.Active);   // and any other state of the table below
        await simulator.Nmi.SetStateAsync(NmiState.Stopping); // SIGTERM: from now on tokens are for the node's identity
        simulator.Pod.UnbindAll();                            // 404 after 80 s, which a client sees as a timeout
        simulator.Imds.Fault = ImdsFault.Throttled;           // 429; through NMI 403 after 112 s

        Assert.Equal(NmiState.Stopping, simulator.Nmi.State);
        Assert.Empty(simulator.Pod.Bound);
    }
}
