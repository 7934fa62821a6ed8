using PodIdentity.HealthChecks.ClusterTests.Matrix;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>Every strategy for workload identity on a real kubelet, whose service account tokens are verified with the API server's own keys.</summary>
public sealed class WorkloadIdentityTests(EntraRun run) : MatrixTests(run), IClassFixture<EntraRun>
{
    private static readonly Strategy[] Complete = [.. Strategy.WorkloadIdentity.Where(s => s.IsComplete)];

    public static TheoryData<string, string> CompleteCells => Cells(Complete, Case.OfEntra);

    /// <summary>Nothing watches after an init container has ended.</summary>
    public static TheoryData<string, string> StartCells =>
        Cells(Strategy.WorkloadIdentity.Where(s => !s.Watches), Case.OfEntra.Where(c => c.IsAtStart || c.IsRepair));

    public static TheoryData<string, string> AllCells => Cells(Strategy.WorkloadIdentity, Case.OfEntra);

    public static TheoryData<string, string> WithReason => Cells(Complete, Case.OfEntra.Where(c => c.Reason is not null));

    [Theory]
    [MemberData(nameof(CompleteCells))]
    public void The_recommended_strategy_and_the_sidecar_get_every_case_right(string strategy, string title) => IsAsWanted(strategy, title);

    [Theory]
    [MemberData(nameof(StartCells))]
    public void The_init_container_gets_every_start_right(string strategy, string title) => IsAsWanted(strategy, title);

    [Theory]
    [MemberData(nameof(AllCells))]
    public void Nothing_restarts_them(string strategy, string title) => Assert.Null(CellOf(strategy, title).RestartedAfter);

    [Theory]
    [MemberData(nameof(WithReason))]
    public void They_name_the_reason(string strategy, string title) => NamesTheReason(strategy, title);
}
