using System.Net;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>The configuration of <c>prometheus.yaml</c>, for one pod whose address is known.</summary>
internal static class Scrape
{
    private const string Discovery = "  kubernetes_sd_configs:\n  - role: pod\n";
    private const string Rules = "[rules.yaml]";

    public static string Configuration(IPEndPoint target, string rules)
    {
        var configuration = Operators.Read("prometheus.yaml");
        Assert.Contains(Discovery, configuration, StringComparison.Ordinal);
        Assert.Contains(Rules, configuration, StringComparison.Ordinal);
        return configuration.Replace(Rules, $"[{rules}]", StringComparison.Ordinal).Replace(
            Discovery,
            $"""
              static_configs:
              - targets: ["{target}"]
                labels:
                  __meta_kubernetes_pod_container_port_name: identity
                  __meta_kubernetes_namespace: shop
                  __meta_kubernetes_pod_name: app-1
                  __meta_kubernetes_pod_node_name: node-1

            """,
            StringComparison.Ordinal);
    }
}
