using PodIdentity.HealthChecks.ClusterTests.Matrix;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>Every strategy of samples/kubernetes on a real kubelet, beside what people paste.</summary>
public sealed class DecisionTests(MatrixRun run) : IClassFixture<MatrixRun>
{
    private const string Killed = "NMI is killed";
    private const string Stopped = "NMI is stopped, with its ten seconds of `Active`";

    /// <summary>Two periods of the readiness probe, and a moment for the API server to tell.</summary>
    private static readonly TimeSpan TwoPeriods = TimeSpan.FromSeconds((2 * 5) + 2);

    /// <summary>What the manifests are patched to; five minutes otherwise.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    public static TheoryData<string, string> CompleteCells => Cells(Strategy.Complete, Case.All.Select(c => c.Title));

    public static TheoryData<string, string> LostNmi => Cells(Strategy.Complete, [Killed, Stopped]);

    public static TheoryData<string, string> AnythingElse => Cells(Strategy.Complete, Case.All.Select(c => c.Title).Except([Killed, Stopped], StringComparer.Ordinal));

    public static TheoryData<string, PodIdentityFailureReason> Reasons => new()
    {
        { Killed, PodIdentityFailureReason.NmiUnreachable },
        { Stopped, PodIdentityFailureReason.NotIntercepted },
        { "The identity is deleted", PodIdentityFailureReason.IdentityNotFound },
        { "The binding is removed", PodIdentityFailureReason.IdentityNotBound },
        { "Started before NMI", PodIdentityFailureReason.NmiUnreachable },
        { "Started while NMI is not active", PodIdentityFailureReason.NmiNotActive },
        { "Started without a binding", PodIdentityFailureReason.IdentityNotBound },
        { "Started without a binding and NMI, one identity on the node", PodIdentityFailureReason.NmiUnreachable },
    };

    [Theory]
    [MemberData(nameof(CompleteCells))]
    public void The_recommended_strategy_and_the_sidecar_get_every_case_right(string strategy, string title)
    {
        var cell = CellOf(strategy, title);

        Assert.True(cell.IsAsWanted, $"{strategy}: {title}: {cell}");
    }

    [Theory]
    [MemberData(nameof(LostNmi))]
    public void Without_NMI_they_leave_the_Service_within_two_probe_periods(string strategy, string title)
    {
        var cell = CellOf(strategy, title);

        Assert.True(cell.LeftAfter < TwoPeriods, $"{strategy}: {title}: {cell}");
    }

    [Theory]
    [MemberData(nameof(LostNmi))]
    public void They_are_restarted_once_the_fault_has_outlasted_the_grace(string strategy, string title)
    {
        var cell = CellOf(strategy, title);

        Assert.True(cell.RestartedAfter > Grace, $"{strategy}: {title}: {cell}");
    }

    [Theory]
    [MemberData(nameof(AnythingElse))]
    public void Nothing_else_restarts_them(string strategy, string title) => Assert.Null(CellOf(strategy, title).RestartedAfter);

    [Theory]
    [MemberData(nameof(Reasons))]
    public void They_name_the_reason(string title, PodIdentityFailureReason reason)
    {
        Skip();

        Assert.All(Strategy.Complete, strategy => Assert.Contains(reason, CellOf(strategy, title).Reasons));
    }

    [Fact]
    public async Task The_README_shows_what_was_observed()
    {
        Skip();
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), TestContext.Current.CancellationToken);

        Assert.All(new DecisionTable(run).Rows(controls: false), row => Assert.Contains(Cell.WithoutTimes(row), Cell.WithoutTimes(readme), StringComparison.Ordinal));
    }

    private static TheoryData<string, string> Cells(IEnumerable<string> strategies, IEnumerable<string> titles)
    {
        var cells = new TheoryData<string, string>();
        foreach (var (strategy, title) in strategies.SelectMany(_ => titles, (s, t) => (s, t)))
        {
            cells.Add(strategy, title);
        }

        return cells;
    }

    private void Skip() => Assert.SkipWhen(run.Skipped is not null, run.Skipped ?? "");

    private Cell CellOf(string strategy, string title)
    {
        Skip();
        return run.CellOf(strategy, title);
    }
}
