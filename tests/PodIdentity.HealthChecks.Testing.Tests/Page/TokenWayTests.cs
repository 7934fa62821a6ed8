using PodIdentity.HealthChecks.Testing.Development.Page;
using PodIdentity.HealthChecks.Tests;
using static PodIdentity.HealthChecks.Testing.Development.Page.StationState;

namespace PodIdentity.HealthChecks.Testing.Tests.Page;

/// <summary>The picture of the node: how far a plain token request comes. The lane that sends it says what curl would.</summary>
public sealed class TokenWayTests : IAsyncLifetime
{
    private PodIdentitySimulator _simulator = null!;
    private string? _summary;

    public async ValueTask InitializeAsync()
    {
        _simulator = await PodIdentitySimulator.StartAsync(o => o.TimeScale = 0.001, TestContext.Current.CancellationToken);
        _simulator.Imds.SystemAssigned = new SimulatedIdentity("node");
    }

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Fact]
    public async Task In_order_it_passes_every_station()
    {
        Assert.Equal((SimulatedResponder.Nmi, Lit, Lit, Lit, Lit, null), await AskAsync());
        Assert.Equal("Pod → rules → NMI → IMDS: a token for the identity 'id-a' came back.", _summary);
    }

    [Fact]
    public async Task Without_rules_it_passes_NMI_by()
    {
        await _simulator.Nmi.SetStateAsync(NmiState.Stopping);

        Assert.Equal((SimulatedResponder.Imds, Broken, Idle, Lit, Lit, null), await AskAsync());
        Assert.Contains("'node'", _summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_rules_and_without_NMI_it_ends_at_a_closed_port()
    {
        await _simulator.Nmi.SetStateAsync(NmiState.Killed);

        Assert.Equal((SimulatedResponder.Nmi, Lit, Broken, Idle, Idle, "Refused"), await AskAsync());
        Assert.Equal("Pod → rules → NMI: the connection was refused.", _summary);
    }

    [Fact]
    public async Task Without_a_binding_it_ends_at_NMI()
    {
        _simulator.Pod.UnbindAll();

        Assert.Equal((SimulatedResponder.Nmi, Lit, Broken, Idle, Idle, "404"), await AskAsync());
        Assert.Equal("Pod → rules → NMI: 404 and no token.", _summary);
    }

    [Fact]
    public async Task A_throttled_IMDS_ends_it_behind_NMI()
    {
        _simulator.Imds.Fault = ImdsFault.Throttled;

        Assert.Equal((SimulatedResponder.Nmi, Lit, Lit, Broken, Idle, "403"), await AskAsync());
    }

    [Fact]
    public async Task What_Entra_refuses_has_come_that_far()
    {
        _simulator.Imds.Fault = ImdsFault.Forbidden;

        Assert.Equal((SimulatedResponder.Nmi, Lit, Lit, Lit, Broken, "403"), await AskAsync());
    }

    [Fact]
    public async Task A_success_without_a_token_ends_at_IMDS()
    {
        _simulator.Imds.Fault = ImdsFault.NoToken;

        Assert.Equal((SimulatedResponder.Nmi, Lit, Lit, Broken, Idle, null), await AskAsync());
    }

    [Fact]
    public async Task A_sidecar_takes_it_to_Entra()
    {
        _simulator.Proxy.DefaultClientId = _simulator.Pod.Bound[0].ClientId;
        _simulator.Proxy.Enabled = true;
        var issued = await AskAsync();
        _simulator.Proxy.EntraError = "AADSTS70021: No matching federated identity record found";

        Assert.Equal((SimulatedResponder.WorkloadIdentityProxy, Idle, Idle, Idle, Lit, null), issued);
        Assert.Equal((SimulatedResponder.WorkloadIdentityProxy, Idle, Idle, Idle, Broken, "500"), await AskAsync());
    }

    [Fact]
    public async Task Under_workload_identity_it_leads_straight_to_Entra()
    {
        var identity = new SimulatedIdentity("app");
        using var pod = _simulator.WorkloadIdentity.Inject(identity);
        var refused = await AskAsync(pod);
        _simulator.Entra.AddFederatedCredential(identity, pod.FederatedCredential);
        var issued = await AskAsync(pod);

        Assert.Equal((SimulatedResponder.Entra, Idle, Idle, Idle, Broken, "401"), refused);
        Assert.Equal((SimulatedResponder.Entra, Idle, Idle, Idle, Lit, null), issued);
        Assert.Equal("Pod → Microsoft Entra ID: a token for the identity 'app' came back.", _summary);
    }

    [Fact]
    public async Task From_a_pod_that_the_webhook_missed_it_leads_to_IMDS()
    {
        await _simulator.Nmi.SetStateAsync(NmiState.Stopped);
        _simulator.WorkloadIdentity.WebhookDown = true;
        using var pod = _simulator.WorkloadIdentity.Inject(new SimulatedIdentity("app"));

        Assert.Equal((SimulatedResponder.Imds, Idle, Idle, Lit, Lit, null), await AskAsync(pod));
        Assert.Equal("Pod → IMDS: a token for the identity 'node' came back.", _summary);
    }

    [Fact]
    public async Task A_silent_IMDS_ends_it_by_the_probes_timeout()
    {
        _simulator.Imds.Fault = ImdsFault.Hang;
        var clock = new ManualTimeProvider();
        using var lanes = new NaiveLanes(_simulator, new(), clock);
        var asking = Curl(lanes).AskAsync(TestContext.Current.CancellationToken);
        await clock.RunUntilAsync(asking);

        Assert.Equal("Timeout", Curl(lanes).Last?.Reason);
        Assert.True(lanes.Way.Last is { Nmi: Lit, Imds: Broken } or { Nmi: Broken, Imds: Idle }); // had it arrived by then?
    }

    private async Task<(SimulatedResponder, StationState, StationState, StationState, StationState, string?)> AskAsync(SimulatedWorkload? pod = null)
    {
        using var lanes = new NaiveLanes(_simulator, new(), TimeProvider.System, () => pod);
        await Curl(lanes).AskAsync(TestContext.Current.CancellationToken);
        var way = lanes.Way.Last!;
        _summary = way.Summary;
        return (way.By, way.Interception, way.Nmi, way.Imds, way.Entra, Curl(lanes).Last?.Reason);
    }

    private static Lane Curl(NaiveLanes lanes) => lanes.All.Single(l => l.Name is "curl --fail");
}
