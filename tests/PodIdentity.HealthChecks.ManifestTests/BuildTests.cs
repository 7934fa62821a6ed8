using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>What kubectl makes of the overlays.</summary>
public sealed class BuildTests
{
    /// <summary>All that Kubernetes 1.20 has and current releases have not removed.</summary>
    private static readonly string[] ApiVersions = ["v1", "apps/v1"];

    [Theory]
    [ClassData(typeof(Strategies))]
    public void A_current_kubectl_has_nothing_to_complain_about(string strategy) => Assert.Empty(Kubectl.BuildOrSkip(strategy).Complaints);

    [Theory]
    [ClassData(typeof(Strategies))]
    public void An_overlay_yields_one_of_each(string strategy)
    {
        var overlay = Overlay.Of(strategy);

        Assert.Equal(["ConfigMap", "Deployment", "Service", "ServiceAccount"], overlay.Kinds.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Empty(overlay.ApiVersions.Except(ApiVersions, StringComparer.Ordinal));
        Assert.All(
            new[] { overlay.Deployment.Metadata, overlay.Service.Metadata, overlay.ServiceAccount.Metadata },
            metadata => Assert.Equal("app", metadata.Name));
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public void Nothing_is_in_it_that_an_old_API_server_does_not_know(string strategy)
    {
        var pod = Pod(strategy);

        Assert.All(Lists(pod, "initContainers").Concat(Lists(pod, "containers")), container =>
        {
            // Fields that came after 1.20: native sidecars, a probe's own grace, gRPC probes, a hook that sleeps.
            Assert.True(strategy is Overlay.NativeSidecar || !container.ContainsKey("restartPolicy"));
            Assert.DoesNotContain("resizePolicy", container.Keys);
            Assert.DoesNotContain("lifecycle", container.Keys);
            foreach (var probe in new[] { "startupProbe", "readinessProbe", "livenessProbe" }.Select(name => container.GetValueOrDefault(name)).OfType<Dictionary<object, object?>>())
            {
                Assert.DoesNotContain("grpc", probe.Keys);
                Assert.DoesNotContain("terminationGracePeriodSeconds", probe.Keys);
                Assert.Single(probe.Keys.Cast<string>(), key => key is "httpGet" or "exec" or "tcpSocket"); // merging leaves no second one
            }
        });
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public void The_Service_finds_the_pods_and_their_port(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        var port = Assert.Single(overlay.Service.Spec.Ports);

        Assert.Equal(overlay.Service.Spec.Selector, overlay.Deployment.Spec.Selector.MatchLabels);
        Assert.All(overlay.Service.Spec.Selector, label => Assert.Equal(label.Value, overlay.Deployment.Spec.Template.Metadata.Labels[label.Key]));
        Assert.Contains(overlay.App.Ports, p => string.Equals(p.Name, port.TargetPort, StringComparison.Ordinal));
        Assert.Equal(strategy is "sidecar" ? (1433, 1433) : (80, 8080), (port.Port, overlay.App.Ports.Single().Number));
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public void Volumes_and_ports_that_are_named_exist(string strategy)
    {
        var overlay = Overlay.Of(strategy);

        Assert.All(overlay.Pod.AllContainers, container =>
        {
            Assert.Subset(
                overlay.Pod.Volumes.Select(v => v.Name).ToHashSet(StringComparer.Ordinal),
                container.VolumeMounts.Select(m => m.Name).ToHashSet(StringComparer.Ordinal));
            Assert.All(
                container.Probes.Select(p => p.HttpGet?.NumberIn(container)).OfType<int>(),
                number => Assert.Contains(overlay.Pod.Running.SelectMany(c => c.Ports), p => p.Number == number));
            Assert.All(
                container.Probes.Select(p => p.TcpSocket?.Port).OfType<string>(),
                port => Assert.Contains(container.Ports, p => string.Equals(p.Name, port, StringComparison.Ordinal)));
        });
    }

    private static Dictionary<object, object?> Pod(string strategy)
    {
        var deployment = Yaml.Read(Kubectl.BuildOrSkip(strategy).Output).Single(d => "Deployment".Equals(d["kind"]));
        var template = (Dictionary<object, object?>)((Dictionary<object, object?>)deployment["spec"]!)["template"]!;
        return (Dictionary<object, object?>)template["spec"]!;
    }

    private static IEnumerable<Dictionary<object, object?>> Lists(Dictionary<object, object?> pod, string name) =>
        pod.TryGetValue(name, out var list) ? ((List<object>)list!).Cast<Dictionary<object, object?>>() : [];
}
