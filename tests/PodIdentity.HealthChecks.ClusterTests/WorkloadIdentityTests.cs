using PodIdentity.HealthChecks.ClusterTests.Matrix;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>Every strategy for workload identity on a real kubelet, whose service account tokens are verified with the API server's own keys.</summary>
public sealed class WorkloadIdentityTests(EntraRun run) : MatrixTests(run), IClassFixture<EntraRun>
{
    private static readonly IReadOnlyList<string> Complete = Strategy.CompleteOfWorkloadIdentity;

    public static TheoryData<string, string> CompleteCells { get; } = Cells(Complete, Titles(_ => true));

    /// <summary>Nothing watches after an init container has ended.</summary>
    public static TheoryData<string, string> StartCells { get; } = Cells(["workload-identity-init-container"], Titles(c => c.IsAtStart || c.IsRepair));

    public static TheoryData<string, string> AllCells { get; } = Cells([.. Strategy.WorkloadIdentity.Select(s => s.Name)], Titles(_ => true));

    public static TheoryData<string, PodIdentityFailureReason> Reasons => new()
    {
        { "The federated credential is deleted, another one stays", PodIdentityFailureReason.TokenRejected },
        { "Entra is throttled", PodIdentityFailureReason.Throttled },
        { "Entra refuses connections", PodIdentityFailureReason.TokenServiceError },
        { "Entra does not answer", PodIdentityFailureReason.TimedOut },
        { "Started without a federated credential", PodIdentityFailureReason.TokenRejected },
        { "Started with a federated credential for another subject", PodIdentityFailureReason.TokenRejected },
        { "Started with one for another audience", PodIdentityFailureReason.TokenRejected },
        { "Started while Entra refuses connections", PodIdentityFailureReason.TokenServiceError },
        { "Started after the webhook missed the pod", PodIdentityFailureReason.WorkloadIdentityNotInjected },
        { "Started without the token file", PodIdentityFailureReason.FederatedTokenUnusable },
    };

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
    [MemberData(nameof(Reasons))]
    public void They_name_the_reason(string title, PodIdentityFailureReason reason) => NameTheReason(Complete, title, reason);

    private static IEnumerable<string> Titles(Func<Case, bool> which) => Case.OfEntra.Where(which).Select(c => c.Title);
}
