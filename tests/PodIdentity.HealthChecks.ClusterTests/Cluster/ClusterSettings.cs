namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>Where the cluster is. It is only touched when that is asked for: the current context may be anybody's production.</summary>
internal sealed record ClusterSettings
{
    public const string HowToGetOne =
        "No cluster: set CLUSTER_TESTS=1 and CLUSTER_NODE, the words before a command that run it on the node, "
        + "for example CLUSTER_NODE='docker exec kind-control-plane' (kind) or 'minikube ssh --'; see samples/kubernetes/README.md.";

    /// <summary>How kubectl is called: it chooses the cluster by its context.</summary>
    public required string Kubectl { get; init; }

    /// <summary>The words before a command that run it in the node's network, as root.</summary>
    public required IReadOnlyList<string> Node { get; init; }

    /// <summary>What comes before the names of our images, where they are in a registry.</summary>
    public required string ImagePrefix { get; init; }

    public static bool AreAskedFor => Read("CLUSTER_TESTS") is "1" or "true";

    /// <exception cref="InvalidOperationException">Something is missing.</exception>
    public static ClusterSettings FromEnvironment() => new()
    {
        Kubectl = Read("CLUSTER_KUBECTL") ?? "kubectl",
        Node = Read("CLUSTER_NODE")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? throw new InvalidOperationException(HowToGetOne),
        ImagePrefix = Read("CLUSTER_IMAGE_PREFIX") ?? "",
    };

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
