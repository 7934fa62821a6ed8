using System.Text.Json;
using NodeSimulator;
using PodIdentity.HealthChecks.ClusterTests.Matrix;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>A pod with the simulator in it.</summary>
internal sealed class SimulatorPod(Kubectl kubectl, PodLogs logs, string @namespace, string name)
{
    public string Namespace => @namespace;

    public string Name => name;

    private string Path => $"namespaces/{@namespace}/pods/{name}:9080/proxy";

    public async Task StartAsync(string folder, CancellationToken cancellationToken)
    {
        await kubectl.ApplyAsync(System.IO.Path.Combine(Strategy.Manifests, folder), @namespace, cancellationToken);
        try
        {
            await kubectl.RunAsync(cancellationToken, "-n", @namespace, "wait", "--for=condition=Ready", $"pod/{name}", "--timeout=120s");
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"{exception.Message}\n{await logs.LastWordsAsync(@namespace, cancellationToken)}", exception);
        }
    }

    public Task SetAsync(NodeState state, CancellationToken cancellationToken) =>
        kubectl.PostAsync($"{Path}/state", JsonSerializer.Serialize(state, NodeJson.Default.NodeState), cancellationToken);

    public Task<string> ReadAsync(string what, CancellationToken cancellationToken) => kubectl.ReadAsync($"/api/v1/{Path}/{what}", cancellationToken);
}
