namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>A process's variables. Of two that have one name, the last one counts.</summary>
internal static class Variables
{
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyList<(string Name, string Value)> all) =>
        all.GroupBy(v => v.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last().Value, StringComparer.Ordinal);
}
