using System.Text.RegularExpressions;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>What the library measures, as its README lists it.</summary>
internal sealed partial record Instrument(string Name, string Kind, string Unit, string Labels)
{
    public static IReadOnlyList<Instrument> All { get; } =
    [
        .. Row().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src", "PodIdentity.HealthChecks", "README.md"))).Select(row => new Instrument(
            row.Groups["name"].Value, row.Groups["kind"].Value, row.Groups["unit"].Value, row.Groups["labels"].Value.Replace("`", "", StringComparison.Ordinal))),
    ];

    /// <summary>Gets the names that Prometheus stores it under: so does its own receiver by default, and so do a collector's exporters.</summary>
    public IEnumerable<string> Series => Kind switch
    {
        "Histogram" => [$"{Stored}_bucket", $"{Stored}_count", $"{Stored}_sum"],
        "Counter" => [$"{Stored}_total"],
        _ => [Stored],
    };

    public IEnumerable<string> StoredLabels => Labels.Split(", ").Select(Escape);

    private string Stored => Escape(Name) + (Kind, Unit) switch
    {
        (_, "s") => "_seconds",
        ("Gauge", "1") => "_ratio",
        _ => "",
    };

    private static string Escape(string name) => name.Replace('.', '_');

    [GeneratedRegex(
        @"^\| `(?<name>podidentity\.[^`]+)` \| (?<kind>\w+) \| `(?<unit>[^`]+)` \| (?<labels>[^|]+) \|",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();
}
