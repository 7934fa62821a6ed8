using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

public sealed class NetworkPolicyTests
{
    private static readonly Dictionary<object, object?> Spec = Prerequisites.Spec("networkpolicy.yaml", "NetworkPolicy");

    [Fact]
    public void It_lets_out_what_is_needed_and_nothing_else()
    {
        var rules = List(Spec["egress"]).SelectMany(rule =>
            from to in List(rule["to"])
            from port in List(rule["ports"])
            select $"{Peer(to)} {port["protocol"]} {port["port"]}");

        Assert.Equal(
            [
                "169.254.169.254/32 TCP 80",
                "127.0.0.1/32 TCP 2579",
                "10.240.0.0/16 TCP 2579",
                "10.240.0.0/16 TCP 8085",
                "k8s-app: kube-dns UDP 53",
                "k8s-app: kube-dns TCP 53",
                "0.0.0.0/0 TCP 443",
            ],
            rules,
            StringComparer.Ordinal);
    }

    [Fact]
    public void It_says_nothing_about_who_may_come_in() => Assert.Equal(["Egress"], Assert.IsType<List<object>>(Spec["policyTypes"]));

    [Theory]
    [ClassData(typeof(Strategies))]
    public void It_holds_for_the_pods_of_every_strategy(string strategy)
    {
        var selector = Assert.IsType<Dictionary<object, object?>>(((Dictionary<object, object?>)Spec["podSelector"]!)["matchLabels"]);
        var labels = Overlay.Of(strategy).Deployment.Spec.Template.Metadata.Labels;

        Assert.NotEmpty(selector);
        Assert.All(selector, label => Assert.Equal(label.Value, labels[(string)label.Key]));
    }

    private static string? Peer(Dictionary<object, object?> to) =>
        to.TryGetValue("ipBlock", out var block) ? (string?)((Dictionary<object, object?>)block!)["cidr"]
        : string.Join(", ", ((Dictionary<object, object?>)((Dictionary<object, object?>)to["podSelector"]!)["matchLabels"]!).Select(l => $"{l.Key}: {l.Value}"));

    private static IEnumerable<Dictionary<object, object?>> List(object? node) => ((List<object>)node!).Cast<Dictionary<object, object?>>();
}
