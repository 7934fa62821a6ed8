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
        services.AddHealthChecks().AddPodIdentity(_ => credential, options => options.FailureLifetime = TimeSpan.Zero);
        await using var provider = services.BuildServiceProvider();
        var health = provider.GetRequiredService<HealthCheckService>();

        var before = await health.CheckHealthAsync();
        simulator.Entra.AddFederatedCredential(identity, pod.FederatedCredential);
        var after = await health.CheckHealthAsync();

        Assert.Contains("AADSTS70025", before.Entries["pod_identity"].Description);
        Assert.Equal(HealthStatus.Healthy, after.Status);
    }

    [Fact]
    public async Task Entra_is_switched_while_it_runs()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync();
        var identity = simulator.Pod.Bound[0];
        using var pod = simulator.WorkloadIdentity.Inject(identity);

        simulator.Entra.PropagationDelay = TimeSpan.FromMinutes(2);                        // how long a new federated credential takes
        simulator.Entra.AddFederatedCredential(identity, pod.FederatedCredential with { Subject = "system:serviceaccount:default:other" });
        simulator.Entra.Noise = 0.02;                                                      // two healthy exchanges in a hundred are refused
        simulator.Entra.Fault = EntraFault.Throttled;                                      // 429
        simulator.Entra.Error = 53003;                                                     // refused by conditional access
        simulator.Binding.ExchangeCertificateAuthority();                                  // the proxy of an identity binding has another CA
        simulator.WorkloadIdentity.WebhookDown = true;                                     // pods from now on are missed

        Assert.Equal(53003, simulator.Entra.Error);
        Assert.Null(simulator.WorkloadIdentity.Inject(identity).TokenFile);
    }
}
