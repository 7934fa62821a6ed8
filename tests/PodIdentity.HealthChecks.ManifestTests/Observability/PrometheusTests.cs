using System.Text.Json;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>A real Prometheus scrapes a real sidecar as <c>prometheus.yaml</c> says.</summary>
public sealed class PrometheusTests
{
    [Fact]
    public async Task An_alert_fires_when_NMI_has_gone_and_ends_when_it_is_back()
    {
        await using var node = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        var address = PrometheusServer.FreeAddress();
        await using var sidecar = new Sidecar(node, address);
        await using var prometheus = PrometheusServer.StartOrSkip(address);
        await prometheus.QueryAsync("count(podidentity_health_check_status{podidentity_health_check_state=\"Healthy\"} == 1) == 2");

        await node.Nmi.SetStateAsync(NmiState.Stopped);
        var alert = Assert.Single(await prometheus.FiringAsync("PodIdentityFailing", firing => firing.Any(a => DescriptionOf(a).EndsWith("NmiUnreachable.", StringComparison.Ordinal))));

        // Behind NMI that is gone, no token is requested.
        Assert.Equal(
            ("shop", "app-1", "node-1", "nmi"),
            (LabelOf(alert, "namespace"), LabelOf(alert, "pod"), LabelOf(alert, "node"), LabelOf(alert, "dotnet_health_check_name")));

        await node.Nmi.SetStateAsync(NmiState.Active);

        await prometheus.FiringAsync("PodIdentityFailing", firing => firing.Length is 0);
    }

    [Fact]
    public async Task Every_query_of_the_dashboard_finds_something()
    {
        await using var node = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        var address = PrometheusServer.FreeAddress();
        await using var sidecar = new Sidecar(node, address);
        await using var prometheus = PrometheusServer.StartOrSkip(address);

        // Somebody has asked, and there is a reason: another identity's token.
        await prometheus.QueryAsync("podidentity_health_check_token_remaining_lifetime_seconds");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await http.GetStringAsync(new Uri($"http://{address}/readyz"), TestContext.Current.CancellationToken);
        node.Pod.UnbindAll();
        node.Pod.Bind(new SimulatedIdentity("other"));

        Assert.All(
            await Task.WhenAll(Dashboard.Panels.SelectMany(Dashboard.QueriesOf).Select(prometheus.QueryAsync)),
            result => Assert.NotEmpty(result));
    }

    private static string? LabelOf(JsonElement alert, string name) => alert.GetProperty("labels").GetProperty(name).GetString();

    private static string DescriptionOf(JsonElement alert) => alert.GetProperty("annotations").GetProperty("description").GetString()!;
}
