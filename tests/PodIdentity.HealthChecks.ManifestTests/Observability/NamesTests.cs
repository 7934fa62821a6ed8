using System.Text.RegularExpressions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>A name that nobody measures makes a rule that never fires, and a panel that is empty without a word.</summary>
public sealed partial class NamesTests
{
    private static readonly HashSet<string> Known =
    [
        .. Instrument.All.SelectMany(i => i.Series.Concat(i.StoredLabels)),
        .. Rule.All.Select(r => r.Record).OfType<string>(),
    ];

    private static readonly Dictionary<string, string[]> Values = new(StringComparer.Ordinal)
    {
        ["podidentity_health_check_state"] = Enum.GetNames<HealthStatus>(),
        ["podidentity_reason"] = [.. Enum.GetNames<PodIdentityFailureReason>(), "None"],
        ["podidentity_responder"] = Enum.GetNames<PodIdentityResponder>(),
    };

    [Theory]
    [InlineData("rules.yaml")]
    [InlineData("rules.test.yaml")]
    [InlineData("dashboard.json")]
    [InlineData("README.md")]
    public void Every_name_is_one_that_is_measured_or_recorded(string file)
    {
        var names = Name().Matches(Operators.Read(file)).Select(m => m.Value).ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(names);
        Assert.Subset(Known, names);
    }

    [Theory]
    [InlineData("rules.yaml")]
    [InlineData("rules.test.yaml")]
    [InlineData("dashboard.json")]
    public void Every_value_of_a_label_is_one_that_it_can_have(string file)
    {
        var matchers = Matcher().Matches(Operators.Read(file));

        Assert.NotEmpty(matchers);
        Assert.All(matchers, m => Assert.Contains(m.Groups["value"].Value, Values[m.Groups["label"].Value], StringComparer.Ordinal));
    }

    [Fact]
    public void The_README_says_what_each_instrument_is_called_in_Prometheus() => Assert.Equal(
        Instrument.All.Select(i => $"| `{i.Name}` | {InCode(i.Series)} | {InCode(i.StoredLabels)} |"),
        Operators.Read("README.md").Split('\n').Where(line => line.StartsWith("| `podidentity.", StringComparison.Ordinal)),
        StringComparer.Ordinal);

    [Fact]
    public void Prometheus_looks_for_the_port_that_each_watching_sidecar_opens()
    {
        var overlays = Directory.GetFiles(Path.Combine(Repository.Root, "samples", "kubernetes", "overlays"), "deployment.yaml", SearchOption.AllDirectories);
        var sidecars = overlays.Select(File.ReadAllText).Where(text => text.Contains("--listen", StringComparison.Ordinal)).ToArray();

        Assert.Contains("__meta_kubernetes_pod_container_port_name], regex: identity,", Operators.Read("prometheus.yaml"), StringComparison.Ordinal);
        Assert.Equal(3, sidecars.Length);
        Assert.All(sidecars, text => Assert.Contains("- name: identity\n          containerPort:", text, StringComparison.Ordinal));
    }

    private static string InCode(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    /// <summary>Of a series, of a label, or with colons of what a rule records.</summary>
    [GeneratedRegex(@"\b([a-z_]+:)?(podidentity|dotnet)_\w+(:\w+)?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();

    [GeneratedRegex("""(?<label>podidentity_(health_check_state|reason|responder))(=|!=)\\?"(?<value>\w*)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Matcher();
}
