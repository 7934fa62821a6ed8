namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>The table of verdicts in the README beside this file.</summary>
internal static class ReadmeMatrix
{
    private static readonly string[][] Rows = Read();

    public static IEnumerable<string> Scenarios => Rows.Select(r => r[0]);

    public static Outcome Expected(string scenario, VerdictMatrixTests.Checks checks)
    {
        var row = Rows.SingleOrDefault(r => r[0].Equals(scenario, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"The README's table of verdicts has no row \"{scenario}\".");
        var column = 1 + (2 * (int)checks);
        return new Outcome(row[column], row[column + 1]);
    }

    private static string[][] Read()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "PodIdentity.HealthChecks.Tests", "Matrix", "README.md"));
        var header = Array.FindIndex(lines, l => l.StartsWith("| Scenario |", StringComparison.Ordinal));
        return header < 0
            ? []
            : [.. lines.Skip(header + 2).TakeWhile(l => l.StartsWith('|')).Select(l => l.Trim('|').Split('|').Select(c => c.Trim()).ToArray())];
    }
}
