using NodeSimulator;
using PodIdentity.HealthChecks.ClusterTests.Matrix;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>NMI and IMDS as the simulator plays them on the node, with the rules of the kernel.</summary>
internal sealed class PlayedNode(Kubectl kubectl, PodLogs logs, Interception interception, TimeProvider time) : IPlayed
{
    private readonly SimulatorPod _pod = new(kubectl, logs, "podidentity-node", "node-simulator");

    /// <summary>NMI lives on for this long after SIGTERM, and says that it is active.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(10);

    private string _ip = "";

    public string Namespace => _pod.Namespace;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _pod.StartAsync("Node", cancellationToken);
        var pod = await kubectl.GetAsync(cancellationToken, "-n", Namespace, "pod", _pod.Name);
        _ip = pod.GetProperty("status").GetProperty("hostIP").GetString()!;
    }

    public Task DeployAsync(string folder, string into, CancellationToken cancellationToken) => kubectl.ApplyAsync(folder, into, cancellationToken);

    public Task BeginAsync(Case theCase, CancellationToken cancellationToken) => SetAsync(theCase.AtStart, cancellationToken);

    /// <summary>Sets the node. Told to stop, NMI has its rules go at once and its process ten seconds later, as after SIGTERM.</summary>
    public async Task SetAsync(NodeState state, CancellationToken cancellationToken)
    {
        await SetNowAsync(state, cancellationToken);
        if (state.Nmi is NmiState.Stopping)
        {
            await Task.Delay(LastWords, time, cancellationToken);
            await SetNowAsync(state with { Nmi = NmiState.Stopped }, cancellationToken);
        }
    }

    public Task EndAsync(CancellationToken cancellationToken) => interception.SetAsync("", intercepted: false, cancellationToken);

    /// <summary>The rules are in place while NMI is active, and left behind when it was killed.</summary>
    private Task SetNowAsync(NodeState state, CancellationToken cancellationToken) => Task.WhenAll(
        interception.SetAsync(_ip, state.Nmi is NmiState.Active or NmiState.Killed, cancellationToken), _pod.SetAsync(state, cancellationToken));
}
