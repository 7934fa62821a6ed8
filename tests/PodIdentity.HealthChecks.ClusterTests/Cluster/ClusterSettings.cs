namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>Where the cluster is. It is only touched when that is asked for: the current context may be anybody's production.</summary>
internal sealed record ClusterSettings
{
    public const string HowToGetOne =
        "No cluster: set CLUSTER_TESTS=1 and CLUSTER_NODE, the words before a command that run it on the node, "
        + "for example CLUSTER_NODE='docker exec kind-control-plane' (kind) or 'minikube ssh --'; see samples/kubernetes/README.md.";

    /// <summary>The words that call kubectl: it chooses the cluster by its context.</summary>
    public required IReadOnlyList<string> Kubectl { get; init; }

    /// <summary>The words that call the kubectl that builds the manifests, where the other one is too old for that.</summary>
    public required IReadOnlyList<string> Builder { get; init; }

    /// <summary>The words before a command that run it in the node's network, as root.</summary>
    public required IReadOnlyList<string> Node { get; init; }

    /// <summary>What comes before the names of our images, where they are in a registry.</summary>
    public required string ImagePrefix { get; init; }

    public static bool AreAskedFor => Read("CLUSTER_TESTS") is "1" or "true";

    /// <exception cref="InvalidOperationException">Something is missing.</exception>
    public static ClusterSettings FromEnvironment()
    {
        var kubectl = Words("CLUSTER_KUBECTL") ?? ["kubectl"];
        return new()
        {
            Kubectl = kubectl,
            Builder = Words("KUBECTL") ?? kubectl,
            Node = Words("CLUSTER_NODE") ?? throw new InvalidOperationException(HowToGetOne),
            ImagePrefix = Read("CLUSTER_IMAGE_PREFIX") ?? "",
        };
    }

    private static string[]? Words(string variable) => Read(variable)?.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
