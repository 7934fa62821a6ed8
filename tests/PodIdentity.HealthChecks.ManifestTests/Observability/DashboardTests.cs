using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>The dashboard for Grafana.</summary>
public sealed class DashboardTests
{
    /// <summary>What Grafana sets itself.</summary>
    private static readonly string[] Given = ["__range", "__rate_interval"];

    private static readonly string Text = Operators.Read("dashboard.json");

    public static TheoryData<string> Titles => [.. Dashboard.Panels.Select(TitleOf)];

    [Fact]
    public void Grafana_knows_every_field_and_every_value() => Assert.Empty(FaultsOf(Text));

    [Theory]
    [InlineData("\"gridPos\"", "\"gridPosition\"")]
    [InlineData("\"state-timeline\"", "\"statetimeline\"")]
    [InlineData("\"drawStyle\": \"line\"", "\"drawStyle\": \"lines\"")]
    [InlineData("\"mergeValues\"", "\"mergeValue\"")]
    [InlineData("\"type\": \"datasource\"", "\"type\": \"datasources\"")]
    public void It_would_say_what_it_does_not_know(string right, string wrong)
    {
        Assert.Contains(right, Text, StringComparison.Ordinal);
        Assert.NotEmpty(FaultsOf(Text.Replace(right, wrong, StringComparison.Ordinal)));
    }

    [Fact]
    public Task Prometheus_understands_every_query() => PrometheusTool.CheckTextAsync(
        JsonSerializer.Serialize(new
        {
            groups = new[] { new { name = "panels", rules = Dashboard.Panels.SelectMany(Dashboard.QueriesOf).Select((expr, i) => new { record = $"panel:{i}", expr }) } },
        }),
        "check", "rules");

    [Fact]
    public void Everything_that_is_measured_is_shown() =>
        Assert.All(Instrument.All, instrument => Assert.Contains(instrument.Series, series => Text.Contains(series, StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Titles))]
    public void A_panel_says_what_it_shows_and_follows_every_choice(string title)
    {
        var panel = Dashboard.Panels.Single(p => title.Equals(TitleOf(p), StringComparison.Ordinal));
        var choices = Dashboard.Variables.Select(v => v.GetProperty("name").GetString()!).Order(StringComparer.Ordinal);

        Assert.NotEmpty(panel.GetProperty("description").GetString()!);
        Assert.All(panel.GetProperty("targets").EnumerateArray(), target =>
            Assert.Equal(choices, Dashboard.Variable().Matches(target.GetRawText()).Select(m => m.Groups["name"].Value).Except(Given, StringComparer.Ordinal).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void The_README_lists_every_panel_and_no_other()
    {
        var section = Operators.Read("README.md").Split("## The dashboard")[1];

        Assert.Equal(
            Dashboard.Panels.Select(TitleOf).Order(StringComparer.Ordinal),
            section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(line => line.Split('|')[1].Trim()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_panel_hides_another()
    {
        var cells = Dashboard.Panels.Select(p => p.GetProperty("gridPos")).SelectMany(p =>
            from x in Enumerable.Range(p.GetProperty("x").GetInt32(), p.GetProperty("w").GetInt32())
            from y in Enumerable.Range(p.GetProperty("y").GetInt32(), p.GetProperty("h").GetInt32())
            select (X: x, Y: y)).ToArray();

        Assert.Distinct(cells);
        Assert.All(cells, cell => Assert.InRange(cell.X, 0, 23));
        Assert.Distinct(Dashboard.Panels.Select(p => p.GetProperty("id").GetInt32()));
    }

    private static string TitleOf(JsonElement panel) => panel.GetProperty("title").GetString()!;

    /// <summary>The schema is made of Grafana's own types. They leave the options of a panel to its plugin, so these are looked at beside it.</summary>
    private static string[] FaultsOf(string dashboard)
    {
        var schema = JsonSchema.FromText(File.ReadAllText(Path.Combine(Repository.Root, "tests", "TestData", "grafana.schema.json")));
        var root = JsonNode.Parse(dashboard)!;
        var document = new JsonObject
        {
            ["dashboard"] = root.DeepClone(),
            ["plugins"] = new JsonArray([.. root["panels"]!.AsArray().Select(panel => PluginOf(panel!))]),
        };
        var result = schema.Evaluate(JsonElement.Parse(document.ToJsonString()), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? [] : [.. result.Details!.Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}"))];
    }

    private static JsonObject PluginOf(JsonNode panel)
    {
        var plugin = new JsonObject { ["type"] = panel["type"]?.DeepClone(), ["options"] = panel["options"]?.DeepClone() };
        if (panel["fieldConfig"]!["defaults"]!["custom"] is { } custom)
        {
            plugin["custom"] = custom.DeepClone();
        }

        return plugin;
    }
}
