using System.Net;
using PodIdentity.HealthChecks.ManifestTests.Manifests;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>The sample with the settings of a manifest, on a simulated node.</summary>
public sealed class SampleSettingsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("identity-in-code")]
    [InlineData("nmi-in-code")]
    public async Task It_starts_and_is_ready_and_leaves_the_Service_without_NMI_and_is_not_restarted(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        await using var node = await PodIdentitySimulator.StartAsync(options => options.StartWithIdentity = false, Cancellation);
        node.Pod.Bind(new SimulatedIdentity("app") { ClientId = ClientId(Prerequisites.Spec("azureidentity.yaml", "AzureIdentity")) });
        await using var sample = new Sample(overlay.EnvironmentOf(overlay.App), Sample.OnNode(node));

        foreach (var probe in overlay.App.Probes)
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(sample, probe));
        }

        await node.Nmi.SetStateAsync(NmiState.Stopped);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(sample, overlay.App.ReadinessProbe!));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(sample, overlay.App.LivenessProbe!));
    }

    [Fact]
    public async Task It_is_not_ready_with_the_identity_of_another()
    {
        var overlay = Overlay.Of("identity-in-code");
        await using var node = await PodIdentitySimulator.StartAsync(cancellationToken: Cancellation);
        await using var sample = new Sample(overlay.EnvironmentOf(overlay.App), new Dictionary<string, string>(Sample.OnNode(node), StringComparer.Ordinal)
        {
            ["PODIDENTITY_STARTUP_GATE_DISABLED"] = "true", // it would hold
        });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(sample, overlay.App.ReadinessProbe!));
    }

    [Theory]
    [InlineData("identity-exec-probes")]
    [InlineData("identity-init-container")]
    [InlineData("native-sidecar")]
    [InlineData("nmi-exec-probes")]
    [InlineData("nmi-init-container")]
    [InlineData("workload-identity-init-container")]
    [InlineData("workload-identity-sidecar")]
    public async Task It_checks_nothing_itself_where_something_else_does(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        await using var sample = new Sample(overlay.EnvironmentOf(overlay.App), new Dictionary<string, string>(StringComparer.Ordinal));

        Assert.Equal(["running"], await sample.ChecksAtAsync("/health/ready"));
        Assert.Equal(["self"], await sample.ChecksAtAsync("/health/live"));
    }

    private static string ClientId(Dictionary<object, object?> identity) => (string)identity["clientID"]!;

    private static async Task<HttpStatusCode> AskAsync(Sample sample, Probe probe)
    {
        using var response = await sample.Client.GetAsync(probe.HttpGet!.Path, Cancellation);
        return response.StatusCode;
    }
}
