namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>The namespaces of a run: it changes nothing outside of them.</summary>
internal sealed class OwnNamespaces(Kubectl kubectl, IReadOnlyList<string> names)
{
    /// <summary>Creates them anew, whatever an earlier run has left.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await kubectl.RunAsync(cancellationToken, ["delete", "namespace", "--ignore-not-found", .. names]);
        await Task.WhenAll(names.Select(name => kubectl.RunAsync(cancellationToken, "create", "namespace", name)));
    }

    /// <summary>Has the Deployments in all of them but one make their pods anew.</summary>
    public Task DeletePodsAsync(string except, CancellationToken cancellationToken) =>
        Task.WhenAll(names.Where(name => !string.Equals(name, except, StringComparison.Ordinal))
            .Select(name => kubectl.RunAsync(cancellationToken, "-n", name, "delete", "pods", "--all", "--wait=false")));

    public Task DeleteAsync(CancellationToken cancellationToken) =>
        kubectl.RunAsync(cancellationToken, ["delete", "namespace", "--ignore-not-found", "--wait=false", .. names]);
}
