#pragma warning disable xUnit1051 // as short as a reader's

using PodIdentity.HealthChecks.Testing;

namespace WebApp.Tests.Readme.Snippets;

public class Switches
{
    [Fact]
    public async Task A_node_breaks_on_demand()
    {
        await using var node = await PodIdentitySimulator.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopping); // as after SIGTERM: tokens are for the node's identity now

        Assert.Equal(NmiState.Stopping, node.Nmi.State);
    }

    [Fact]
    public async Task The_simulator_is_switched_while_it_runs()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync();

        await simulator.Nmi.SetStateAsync(NmiState.Active);   // or any other state in the table below
        await simulator.Nmi.SetStateAsync(NmiState.Stopping); // SIGTERM: from now on tokens are for the node's identity
        simulator.Pod.UnbindAll();                            // 404 after 80 s, which a client sees as a timeout
        simulator.Imds.Fault = ImdsFault.Throttled;           // 429; through NMI, a 403 after 112 s

        Assert.Equal(NmiState.Stopping, simulator.Nmi.State);
        Assert.Empty(simulator.Pod.Bound);
    }

    [Fact]
    public async Task Entra_is_switched_while_it_runs()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync();

        simulator.Entra.PropagationDelay = TimeSpan.FromMinutes(2);   // how long a new federated credential takes
        simulator.Entra.Noise = 0.02;                                 // two valid exchanges in a hundred are refused
        simulator.Entra.Error = 53003;                                // refused by conditional access
        simulator.Entra.Fault = EntraFault.Throttled;                 // 429
        simulator.Binding.RotateCertificateAuthority();               // the proxy of an identity binding gets a new CA
        simulator.WorkloadIdentity.WebhookDown = true;                // the webhook misses pods created from now on

        Assert.Equal(53003, simulator.Entra.Error);
        Assert.Null(simulator.WorkloadIdentity.Inject(simulator.Pod.Bound[0]).TokenFile);
    }
}
