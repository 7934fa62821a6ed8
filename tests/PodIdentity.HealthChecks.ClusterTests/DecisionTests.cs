using PodIdentity.HealthChecks.ClusterTests.Matrix;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>Every strategy for AAD Pod Identity on a real kubelet, beside what people paste.</summary>
[Collection("node")]
public sealed class DecisionTests(NodeRun run) : MatrixTests(run), IClassFixture<NodeRun>
{
    private const string Killed = "NMI is killed";
    private const string Stopped = "NMI is stopped, with its ten seconds of `Active`";

    private const string Deleted = "The identity is deleted";

    /// <summary>For the kubelet, which begins its periods anew at every start, and the API server to tell.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    /// <summary>The period of the readiness probe that looks: as shipped.</summary>
    private static readonly Dictionary<string, TimeSpan> Period = new(StringComparer.Ordinal)
    {
        ["identity-in-code"] = TimeSpan.FromSeconds(5),
        ["sidecar"] = TimeSpan.FromSeconds(10),
    };

    /// <summary>What the manifests are patched to; five minutes otherwise.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private static readonly Strategy[] Complete = [.. Strategy.PodIdentity.Where(s => s.IsComplete)];

    public static TheoryData<string, string> CompleteCells => Cells(Complete, Case.OfNode);

    public static TheoryData<string, string> LostNmi => Cells(Complete, Cases(t => t is Killed or Stopped));

    /// <summary>That the binding is removed is known only when NMI says so: until then the last token is valid.</summary>
    public static TheoryData<string, string> Broken => Cells(Complete, Cases(t => t is Killed or Stopped or Deleted));

    public static TheoryData<string, string> AnythingElse => Cells(Complete, Cases(t => t is not (Killed or Stopped)));

    public static TheoryData<string, string> WithReason => Cells(Complete, Case.OfNode.Where(c => c.Reason is not null));

    [Theory]
    [MemberData(nameof(CompleteCells))]
    public void The_recommended_strategy_and_the_sidecar_get_every_case_right(string strategy, string title) => IsAsWanted(strategy, title);

    [Theory]
    [MemberData(nameof(Broken))]
    public void They_leave_the_Service_within_two_probe_periods(string strategy, string title)
    {
        var cell = CellOf(strategy, title);

        Assert.True(cell.LeftAfter < (2 * Period[strategy]) + Moment, $"{strategy}: {title}: {cell}");
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
    [MemberData(nameof(WithReason))]
    public void They_name_the_reason(string strategy, string title) => NamesTheReason(strategy, title);

    private static IEnumerable<Case> Cases(Func<string, bool> which) => Case.OfNode.Where(c => which(c.Title));
}
