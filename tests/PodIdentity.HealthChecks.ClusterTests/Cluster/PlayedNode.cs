using System.Text.Json;
using NodeSimulator;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>NMI and IMDS as the simulator plays them on the node, with the rules of the kernel.</summary>
internal sealed class PlayedNode(Kubectl kubectl, PodLogs logs, Interception interception, TimeProvider time)
{
    public const string Namespace = "podidentity-node";
    private const string Pod = $"namespaces/{Namespace}/pods/node-simulator:9080/proxy/state";

    /// <summary>NMI lives on for this long after SIGTERM, and says that it is active.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(10);

    private string _ip = "";

    public async Task StartAsync(string folder, CancellationToken cancellationToken)
    {
        await kubectl.ApplyAsync(folder, cancellationToken);
        try
        {
            await kubectl.RunAsync(cancellationToken, "-n", Namespace, "wait", "--for=condition=Ready", "pod/node-simulator", "--timeout=120s");
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"{exception.Message}\n{await logs.LastWordsAsync(Namespace, cancellationToken)}", exception);
        }

        var pod = await kubectl.GetAsync(cancellationToken, "-n", Namespace, "pod", "node-simulator");
        _ip = pod.GetProperty("status").GetProperty("hostIP").GetString()!;
    }

    /// <summary>Sets the node; the rules are in place while NMI is active, and left behind when it was killed.</summary>
    public async Task SetAsync(NodeState state, CancellationToken cancellationToken)
    {
        var rules = interception.SetAsync(_ip, state.Nmi is NmiState.Active or NmiState.Killed, cancellationToken);
        await Task.WhenAll(rules, kubectl.PostAsync(Pod, JsonSerializer.Serialize(state, NodeJson.Default.NodeState), cancellationToken));
    }

    /// <summary>What SIGTERM does: the rules go at once, the process ten seconds later.</summary>
    public async Task StopNmiAsync(NodeState state, CancellationToken cancellationToken)
    {
        await SetAsync(state with { Nmi = NmiState.Stopping }, cancellationToken);
        await Task.Delay(LastWords, time, cancellationToken);
        await SetAsync(state with { Nmi = NmiState.Stopped }, cancellationToken);
    }
}
