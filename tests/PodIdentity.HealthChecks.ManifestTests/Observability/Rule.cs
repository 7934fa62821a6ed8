using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>A rule of <c>rules.yaml</c>: it records something, or it is an alert.</summary>
internal sealed class Rule
{
    public static IReadOnlyList<Rule> All { get; } = [.. Yaml.As<File>(Yaml.Read(Operators.Read("rules.yaml")).Single()).Groups.SelectMany(g => g.Rules)];

    public static IEnumerable<Rule> Alerts => All.Where(r => r.Alert is not null);

    public string? Alert { get; set; }

    public string? Record { get; set; }

    public string Expr { get; set; } = "";

    public Dictionary<string, string> Annotations { get; set; } = [];

    private sealed class File
    {
        public List<Group> Groups { get; set; } = [];
    }

    private sealed class Group
    {
        public List<Rule> Rules { get; set; } = [];
    }
}
