#pragma warning disable xUnit1051 // as short as a reader's

using Azure.Core.Pipeline;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Testing;
using Xunit;

namespace WebApp.Tests.Readme.Snippets;

public class FederatedTest
{
    [Fact]
    public async Task Readiness_waits_for_the_federated_credential()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync();
        var identity = new SimulatedIdentity("app");
        using var pod = simulator.WorkloadIdentity.Inject(identity, serviceAccount: "app");
        var credential = new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions
        {
            ClientId = identity.ClientId,
            TenantId = identity.TenantId,
            TokenFilePath = pod.TokenFile,
            Transport = new HttpClientTransport(new HttpClient(simulator.Entra.CreateHandler())),
        });
        var services = new ServiceCollection().AddLogging();
        services.AddHealthChecks().AddPodIdentity(_ => credential, options =>
        {
            options.AttemptTimeout = TimeSpan.FromMinutes(1); // a build machine may be slow
            options.FailureLifetime = TimeSpan.Zero;
        });
        await using var provider = services.BuildServiceProvider();
        var health = provider.GetRequiredService<HealthCheckService>();

        var before = await health.CheckHealthAsync();
        simulator.Entra.AddFederatedCredential(identity, pod.FederatedCredential);
        var after = await health.CheckHealthAsync();

        Assert.Contains("AADSTS70025", before.Entries["pod_identity"].Description);
        Assert.Equal(HealthStatus.Healthy, after.Status);
    }
}
