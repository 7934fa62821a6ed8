namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>A table of verdicts in the README beside this file.</summary>
/// <param name="scenarios">What its first column is called.</param>
internal sealed class ReadmeMatrix(string scenarios)
{
    public static readonly ReadmeMatrix OfNodes = new("Scenario");
    public static readonly ReadmeMatrix OfFederatedPods = new("Pod");

    private readonly string[][] _rows = Read($"| {scenarios} |");

    public IEnumerable<string> Scenarios => _rows.Select(r => r[0]);

    /// <param name="scenario">The name of the row.</param>
    /// <param name="check">Which of the checks that the columns are of.</param>
    public Outcome Expected(string scenario, int check = 0)
    {
        var row = _rows.SingleOrDefault(r => r[0].Equals(scenario, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"The README's table of verdicts has no row \"{scenario}\".");
        var column = 1 + (2 * check);
        return new Outcome(row[column], row[column + 1]);
    }

    private static string[][] Read(string header)
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "PodIdentity.HealthChecks.Tests", "Matrix", "README.md"));
        var start = Array.FindIndex(lines, l => l.StartsWith(header, StringComparison.Ordinal));
        return start < 0
            ? []
            : [.. lines.Skip(start + 2).TakeWhile(l => l.StartsWith('|')).Select(l => l.Trim('|').Split('|').Select(c => c.Trim()).ToArray())];
    }
}
