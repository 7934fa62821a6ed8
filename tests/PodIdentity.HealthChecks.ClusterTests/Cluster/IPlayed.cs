using NodeSimulator;
using PodIdentity.HealthChecks.ClusterTests.Matrix;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>What gives the pods their tokens, as the simulator plays it.</summary>
internal interface IPlayed
{
    string Namespace { get; }

    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Applies what a folder builds to.</summary>
    Task DeployAsync(string folder, string into, CancellationToken cancellationToken);

    /// <summary>Sets what pods meet at their start. They are created afterwards.</summary>
    Task BeginAsync(Case theCase, CancellationToken cancellationToken);

    /// <summary>Sets what running pods meet.</summary>
    Task SetAsync(NodeState state, CancellationToken cancellationToken);

    Task EndAsync(CancellationToken cancellationToken);
}
