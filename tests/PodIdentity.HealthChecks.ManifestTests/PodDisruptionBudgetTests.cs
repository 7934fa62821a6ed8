using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

public sealed class PodDisruptionBudgetTests
{
    private static readonly Dictionary<object, object?> Spec = Prerequisites.Spec("poddisruptionbudget.yaml", "PodDisruptionBudget");

    [Fact]
    public void It_lets_a_drain_take_one_pod_at_a_time_and_every_pod_that_is_not_ready()
    {
        Assert.Equal("1", Spec["maxUnavailable"]);
        Assert.Equal("AlwaysAllow", Spec["unhealthyPodEvictionPolicy"]);
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public void It_holds_for_the_pods_of_every_strategy_and_no_others(string strategy) =>
        Assert.Equal(Overlay.Of(strategy).Deployment.Spec.Selector.MatchLabels, MatchLabels());

    private static Dictionary<string, string> MatchLabels() =>
        Assert.IsType<Dictionary<object, object?>>(Assert.IsType<Dictionary<object, object?>>(Spec["selector"])["matchLabels"])
            .ToDictionary(label => (string)label.Key, label => (string)label.Value!, StringComparer.Ordinal);
}
