namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>Keeps the pod one of workload identity while an application lives whose check requires Microsoft Entra ID.</summary>
internal sealed class Federation(DevelopmentNode node) : IDisposable
{
    public void Begin(PodIdentityHealthCheckOptions options) => node.Federate(this, options);

    public void Dispose() => node.EndFederation(this);
}
