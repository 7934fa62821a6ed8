using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks.Checks;

namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>What an application has of the node while it lives: its identities, and a pod of workload identity if a check requires Microsoft Entra ID.</summary>
internal sealed class NodeShare : IDisposable
{
    private readonly CheckInstances? _checks;

    /// <param name="node">The node.</param>
    /// <param name="services">The application's. They may be disposed of before this is.</param>
    public NodeShare(DevelopmentNode node, IServiceProvider services)
    {
        (Node, _checks) = (node, services.GetService<CheckInstances>());
        node.Injected.Replaced += ReplaceChecks;
        node.Enter(this);
    }

    public DevelopmentNode Node { get; }

    public void Federate(PodIdentityHealthCheckOptions options) => Node.Federate(this, options);

    public void Provide(PodIdentityHealthCheckOptions options) => Node.Provide(this, options);

    public void Dispose()
    {
        Node.Injected.Replaced -= ReplaceChecks;
        Node.Leave(this);
    }

    private void ReplaceChecks(object? sender, EventArgs e) => _checks?.Replace();
}
