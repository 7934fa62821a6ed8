using NodeSimulator;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>What a good strategy makes of a case.</summary>
internal enum Wanted
{
    /// <summary>The pod is Ready, and stays so.</summary>
    Ready,

    /// <summary>The pod is not Ready; one that was leaves its Service.</summary>
    NotReady,

    /// <summary>As that, and in the end the application is restarted.</summary>
    NotReadyThenRestarted,
}

/// <summary>A state of the node that pods meet, at their start or later.</summary>
internal sealed record Case(string Title, Wanted Wanted, NodeState AtStart)
{
    private static readonly NodeState InOrder = new();
    private static readonly NodeState WithoutNmi = new() { Nmi = NmiState.Stopped };

    /// <summary>In the order of their running: a case that starts in order takes over the pods of the one before where those are Ready.</summary>
    public static readonly IReadOnlyList<Case> All =
    [
        new("In order", Wanted.Ready, InOrder),
        new("NMI is killed", Wanted.NotReadyThenRestarted, InOrder) { Later = InOrder with { Nmi = NmiState.Killed } },
        new("NMI is stopped, with its ten seconds of `Active`", Wanted.NotReadyThenRestarted, InOrder with { SystemAssigned = true })
        {
            Later = WithoutNmi with { SystemAssigned = true },
            StopsInOrder = true,
        },
        new("The identity is deleted", Wanted.NotReady, InOrder) { Later = InOrder with { OnNode = [] } },
        new("The binding is removed", Wanted.NotReady, InOrder) { Later = InOrder with { Bound = [] } },
        new("IMDS is throttled", Wanted.Ready, InOrder) { Later = InOrder with { Imds = ImdsFault.Throttled } },
        new("Started before NMI", Wanted.NotReady, WithoutNmi),
        new("Started while NMI is not active", Wanted.NotReady, InOrder with { Nmi = NmiState.NotActive }),
        new("Started without a binding", Wanted.NotReady, InOrder with { OnNode = ["other"], Bound = [] }),
        new("Started without a binding and NMI, one identity on the node", Wanted.NotReady, WithoutNmi with { OnNode = ["other"], Bound = [] }),
        new("… several identities on the node", Wanted.NotReady, WithoutNmi with { OnNode = ["other", "another"], Bound = [] }),
        new("… the node's own identity", Wanted.NotReady, WithoutNmi with { OnNode = [], SystemAssigned = true, Bound = [] }),
    ];

    /// <summary>What happens to the node once the pods are Ready.</summary>
    public NodeState? Later { get; init; }

    /// <summary>Whether NMI is told to stop, instead of being gone at once.</summary>
    public bool StopsInOrder { get; init; }

    public bool IsAtStart => Later is null;

    /// <summary>How long it is watched: at the start longer than all need to start, later longer than the slowest restart.</summary>
    public TimeSpan Window => TimeSpan.FromSeconds(IsAtStart ? 35 : 55);
}
