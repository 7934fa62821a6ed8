namespace PodIdentity.HealthChecks.Tests.Support;

internal static class Node
{
    /// <summary>A simulated node whose NMI waits a thousandth of the real time: 80 s are 80 ms.</summary>
    public static Task<PodIdentitySimulator> StartAsync() =>
        PodIdentitySimulator.StartAsync(o => o.TimeScale = 0.001, TestContext.Current.CancellationToken);

    /// <summary>The identity that the pod is bound to from the start.</summary>
    public static SimulatedIdentity BoundIdentity(this PodIdentitySimulator node) => Assert.Single(node.Pod.Bound);

    public static int TokenRequests(this PodIdentitySimulator node) =>
        node.Requests.Count(r => !r.Forwarded && r.Path.StartsWith("/metadata/identity", StringComparison.Ordinal));
}
