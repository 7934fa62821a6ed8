namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>The configuration of <c>prometheus.yaml</c>, for one pod whose address is known.</summary>
internal static class Scrape
{
    private const string Discovery = "  kubernetes_sd_configs:\n  - role: pod\n";

    public static string WithTarget(string address)
    {
        var configuration = Operators.Read("prometheus.yaml").Replace("[rules.yaml]", $"[{Path.Combine(Operators.Folder, "rules.yaml")}]", StringComparison.Ordinal);
        Assert.Contains(Discovery, configuration, StringComparison.Ordinal);
        return configuration.Replace(
            Discovery,
            $"""
              static_configs:
              - targets: ["{address}"]
                labels:
                  __meta_kubernetes_pod_container_port_name: identity
                  __meta_kubernetes_namespace: shop
                  __meta_kubernetes_pod_name: app-1
                  __meta_kubernetes_pod_node_name: node-1

            """,
            StringComparison.Ordinal);
    }
}
