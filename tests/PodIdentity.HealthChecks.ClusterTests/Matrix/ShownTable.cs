namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>The tables that the README of the manifests shows.</summary>
internal static class ShownTable
{
    /// <returns>What each strategy is shown to make of each case. A row above the cases names the strategies.</returns>
    public static IReadOnlyDictionary<(string Strategy, string Title), string> Read(string markdown)
    {
        var cells = new Dictionary<(string, string), string>();
        string[] strategies = [];
        foreach (var line in markdown.Split('\n').Where(line => line.StartsWith('|')))
        {
            var words = line.Trim('|', ' ').Split(" | ");
            if (line.StartsWith("| |", StringComparison.Ordinal))
            {
                strategies = [.. line[3..].Trim('|', ' ').Split(" | ").Select(name => name.Trim('`'))];
            }
            else if (words.Length == strategies.Length + 1)
            {
                foreach (var (strategy, cell) in strategies.Zip(words.Skip(1)))
                {
                    cells[(strategy, words[0])] = cell;
                }
            }
        }

        return cells;
    }
}
