using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks.Checks;

namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>What an application has of the node while it lives: its identities, and a pod of workload identity if a check requires Microsoft Entra ID.</summary>
internal sealed class NodeShare : IDisposable
{
    private readonly DevelopmentNode _node;
    private readonly CheckInstances? _checks;

    /// <param name="node">The node.</param>
    /// <param name="services">The application's. They may be disposed of before this is.</param>
    public NodeShare(DevelopmentNode node, IServiceProvider services)
    {
        (_node, _checks) = (node, services.GetService<CheckInstances>());
        node.Injected.Replaced += ReplaceChecks;
    }

    public void Federate(PodIdentityHealthCheckOptions options) => _node.Federate(this, options);

    public void Provide(PodIdentityHealthCheckOptions options) => _node.Provide(this, options);

    public void Dispose()
    {
        _node.Injected.Replaced -= ReplaceChecks;
        _node.Leave(this);
    }

    private void ReplaceChecks(object? sender, EventArgs e) => _checks?.Replace();
}
