using System.Text.Json;
using System.Text.RegularExpressions;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>The dashboard for Grafana.</summary>
internal static partial class Dashboard
{
    public static JsonElement Root { get; } = JsonElement.Parse(Operators.Read("dashboard.json"));

    public static IReadOnlyList<JsonElement> Panels { get; } = [.. Root.GetProperty("panels").EnumerateArray()];

    public static IReadOnlyList<JsonElement> Variables { get; } = [.. Root.GetProperty("templating").GetProperty("list").EnumerateArray()];

    /// <summary>The queries of a panel, as Grafana sends them when nothing is chosen.</summary>
    public static IEnumerable<string> QueriesOf(JsonElement panel) => panel.GetProperty("targets").EnumerateArray()
        .Select(target => target.GetProperty("expr").GetString()!)
        .Select(expression => Variable().Replace(expression, v => v.Groups["name"].Value is "__rate_interval" or "__range" ? "1m" : ".*"));

    /// <summary>In either way to write it.</summary>
    [GeneratedRegex(@"\$(?<name>\w+)|\$\{(?<name>\w+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    public static partial Regex Variable();
}
