using PodIdentity.HealthChecks.ClusterTests.Cluster;

namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>The strategies for AAD Pod Identity, beside what people paste, on a node whose NMI and IMDS are played.</summary>
public sealed class NodeRun() : MatrixRun("pod-identity", Strategy.PodIdentity, Case.OfNode)
{
    private protected override IPlayed Play(ClusterSettings settings, Kubectl kubectl, PodLogs logs) =>
        new PlayedNode(kubectl, logs, new Interception(settings), TimeProvider.System);
}
