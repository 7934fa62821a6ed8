using NodeSimulator;
using PodIdentity.HealthChecks.ClusterTests.Cluster;
using PodIdentity.HealthChecks.Testing;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

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

/// <summary>A state of the node, or of Entra, that pods meet, at their start or later.</summary>
/// <param name="Title">What happens.</param>
/// <param name="Wanted">What a good strategy makes of it.</param>
/// <param name="AtStart">What the pods meet at their start.</param>
/// <param name="Reason">What a good strategy names as the reason.</param>
internal sealed record Case(string Title, Wanted Wanted, NodeState AtStart, PodIdentityFailureReason? Reason = null)
{
    private static readonly NodeState InOrder = new();
    private static readonly NodeState WithoutNmi = new() { Nmi = NmiState.Stopped };

    private readonly TimeSpan? _window;

    /// <summary>Those of a node with NMI, in the order of their running.</summary>
    public static readonly IReadOnlyList<Case> OfNode =
    [
        new("Everything works", Wanted.Ready, InOrder),
        new("NMI is killed", Wanted.NotReadyThenRestarted, InOrder, NmiUnreachable) { Later = InOrder with { Nmi = NmiState.Killed } },
        new("NMI is stopped, with its ten seconds of `Active`", Wanted.NotReadyThenRestarted, InOrder with { SystemAssigned = true }, NotIntercepted)
        {
            Later = InOrder with { Nmi = NmiState.Stopping, SystemAssigned = true },
        },
        new("The identity is deleted", Wanted.NotReady, InOrder, IdentityNotFound) { Later = InOrder with { OnNode = [] } },
        new("The binding is removed", Wanted.NotReady, InOrder, IdentityNotBound) { Later = InOrder with { Bound = [] } },
        new("IMDS throttles", Wanted.Ready, InOrder) { Later = InOrder with { Imds = ImdsFault.Throttled } },
        new("Started before NMI", Wanted.NotReady, WithoutNmi, NmiUnreachable),
        new("Started while NMI is not active", Wanted.NotReady, InOrder with { Nmi = NmiState.NotActive }, NmiNotActive),
        new("Started without a binding", Wanted.NotReady, InOrder with { OnNode = ["other"], Bound = [] }, IdentityNotBound),
        new("Started without a binding or NMI, one identity on the node", Wanted.NotReady, WithoutNmi with { OnNode = ["other"], Bound = [] }, NmiUnreachable),
        new("… several identities on the node", Wanted.NotReady, WithoutNmi with { OnNode = ["other", "another"], Bound = [] }),
        new("… the node's own identity", Wanted.NotReady, WithoutNmi with { OnNode = [], SystemAssigned = true, Bound = [] }),
    ];

    private static readonly IReadOnlyList<SimulatedFederatedCredential> Fits = [.. Strategy.WorkloadIdentity.Select(s => PlayedEntra.CredentialOf(s.Namespace))];
    private static readonly IReadOnlyList<SimulatedFederatedCredential> OfOthers = [PlayedEntra.CredentialOf("another")];

    /// <summary>Those of workload identity, in the order of their running.</summary>
    public static readonly IReadOnlyList<Case> OfEntra =
    [
        new("Everything works", Wanted.Ready, Entra(Fits)),
        new("The federated credential is deleted, another one stays", Wanted.NotReady, Entra([.. Fits, .. OfOthers]), TokenRejected) { Later = Entra(OfOthers), Window = LongerThanNoise },
        new("Entra throttles", Wanted.Ready, Entra(Fits), Throttled) { Later = Entra(Fits, EntraFault.Throttled) },
        new("Entra refuses connections", Wanted.Ready, Entra(Fits), TokenServiceError) { Later = Entra(Fits, EntraFault.Refuse) },
        new("Entra does not answer", Wanted.Ready, Entra(Fits), TimedOut) { Later = Entra(Fits, EntraFault.Hang) },
        new("Started without a federated credential", Wanted.NotReady, Entra([]), TokenRejected),
        new("… which is created later", Wanted.Ready, Entra([])) { Later = Entra(Fits), IsRepair = true },
        new("Started with a federated credential for another subject", Wanted.NotReady, Entra(OfOthers), TokenRejected),
        new("Started with one for another audience", Wanted.NotReady, Entra([.. Fits.Select(c => c with { Audience = "api://AzureADTokenExchangeUSGov" })]), TokenRejected),
        new("Started while Entra refuses connections", Wanted.NotReady, Entra(Fits, EntraFault.Refuse), TokenServiceError),
        new("Started after the webhook missed the pod", Wanted.NotReady, Entra(Fits), WorkloadIdentityNotInjected) { Webhook = Webhook.Missed },
        new("Started without the token file", Wanted.NotReady, Entra(Fits), FederatedTokenUnusable) { Webhook = Webhook.WithoutToken },
    ];

    /// <summary>What happens once the pods are Ready.</summary>
    public NodeState? Later { get; init; }

    /// <summary>Whether what happens later repairs what held the pods of the case before back.</summary>
    public bool IsRepair { get; init; }

    /// <summary>What the webhook of workload identity did when the pods were created.</summary>
    public Webhook Webhook { get; init; }

    public bool IsAtStart => Later is null;

    /// <summary>How long it is watched: at the start longer than all need to start, later longer than the slowest restart.</summary>
    public TimeSpan Window
    {
        get => _window ?? TimeSpan.FromSeconds(IsAtStart ? 35 : 55);
        init => _window = value;
    }

    /// <summary>After a success, refusals are believed once there are three of them over at least 30 s.</summary>
    private static TimeSpan LongerThanNoise => TimeSpan.FromSeconds(75);

    private static NodeState Entra(IReadOnlyList<SimulatedFederatedCredential> credentials, EntraFault fault = EntraFault.None) =>
        new() { Entra = new() { Fault = fault, FederatedCredentials = credentials } };
}
