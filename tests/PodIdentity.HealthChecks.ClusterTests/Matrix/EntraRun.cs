using PodIdentity.HealthChecks.ClusterTests.Cluster;

namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>The strategies for workload identity, with Microsoft Entra ID played. Nothing here depends on the node's state.</summary>
public sealed class EntraRun() : MatrixRun("workload-identity", Strategy.WorkloadIdentity, Case.OfEntra)
{
    private protected override IPlayed Play(ClusterSettings settings, Kubectl kubectl, PodLogs logs) =>
        new PlayedEntra(kubectl, logs, "podidentity-entra", [.. Strategies.Select(s => s.Namespace)]);
}
