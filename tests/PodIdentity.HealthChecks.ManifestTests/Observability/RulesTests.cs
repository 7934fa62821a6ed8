using System.Net;
using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>The rules for Prometheus.</summary>
public sealed class RulesTests
{
    public static TheoryData<string> Alerts => [.. Rule.Alerts.Select(r => r.Alert!)];

    [Fact]
    public Task Prometheus_understands_them() => PrometheusTool.CheckAsync("check", "rules", "rules.yaml");

    [Fact]
    public Task They_fire_when_they_should_and_only_then() => PrometheusTool.CheckAsync("test", "rules", "rules.test.yaml");

    [Theory]
    [MemberData(nameof(Alerts))]
    public void An_alert_is_tried_both_firing_and_silent(string alert)
    {
        var expectations = List(Yaml.Read(Operators.Read("rules.test.yaml")).Single(), "tests")
            .SelectMany(test => List(test, "alert_rule_test"))
            .Where(expectation => alert.Equals(expectation["alertname"]))
            .Select(expectation => List(expectation, "exp_alerts").Any());

        Assert.Equal([false, true], expectations.Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public void An_alert_says_what_happened_where_why_and_what_to_do(string alert)
    {
        var annotations = Rule.Alerts.Single(r => alert.Equals(r.Alert, StringComparison.Ordinal)).Annotations;

        Assert.Equal(["action", "description", "summary"], annotations.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Matches("(R|Most frequent r)eason: ", annotations["description"]);
    }

    [Fact]
    public void The_README_lists_every_alert_and_no_other() => Assert.Equal(
        Rule.Alerts.Select(r => r.Alert),
        Operators.Read("README.md").Split('\n').Where(line => line.StartsWith("| `PodIdentity", StringComparison.Ordinal)).Select(line => line.Split('`')[1]),
        StringComparer.Ordinal);

    /// <summary>Debian's Prometheus is built without the discovery of pods: a target of which the same is known stands for them.</summary>
    [Fact]
    public Task Prometheus_understands_how_to_scrape_a_sidecar() => PrometheusTool.CheckTextAsync(
        Scrape.Configuration(new(IPAddress.Loopback, 9), Path.Combine(Operators.Folder, "rules.yaml")), "check", "config");

    private static IEnumerable<Dictionary<object, object?>> List(Dictionary<object, object?> node, string name) =>
        node.TryGetValue(name, out var list) ? ((List<object>)list!).Cast<Dictionary<object, object?>>() : [];
}
