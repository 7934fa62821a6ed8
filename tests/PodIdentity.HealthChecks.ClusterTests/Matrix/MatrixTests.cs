namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>What is asked of every run.</summary>
public abstract class MatrixTests
{
    private readonly MatrixRun _run;

    /// <param name="run">All that was observed.</param>
    private protected MatrixTests(MatrixRun run) => _run = run;

    [Fact]
    public async Task The_README_of_the_manifests_shows_what_was_observed()
    {
        Skip();
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples", "kubernetes", "README.md"), TestContext.Current.CancellationToken);

        Assert.All(new DecisionTable(_run).Rows(controls: false), row => Assert.Contains(Cell.Happenings(row), Cell.Happenings(readme), StringComparison.Ordinal));
    }

    private protected static TheoryData<string, string> Cells(IEnumerable<Strategy> strategies, IEnumerable<Case> cases)
    {
        var cells = new TheoryData<string, string>();
        foreach (var (strategy, theCase) in strategies.SelectMany(_ => cases, (s, c) => (s, c)))
        {
            cells.Add(strategy.Name, theCase.Title);
        }

        return cells;
    }

    private protected void IsAsWanted(string strategy, string title)
    {
        var cell = CellOf(strategy, title);

        Assert.True(cell.IsAsWanted, $"{strategy}: {title}: {cell}");
    }

    private protected void NamesTheReason(string strategy, string title)
    {
        var cell = CellOf(strategy, title);

        Assert.Contains(cell.Case.Reason!.Value, cell.Reasons);
    }

    private protected Cell CellOf(string strategy, string title)
    {
        Skip();
        return _run.CellOf(strategy, title);
    }

    private void Skip() => Assert.SkipWhen(_run.Skipped is not null, _run.Skipped ?? "");
}
