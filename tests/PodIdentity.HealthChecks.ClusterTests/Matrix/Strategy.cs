namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>A way to guard a pod: a folder of manifests.</summary>
/// <param name="Name">Its folder's name.</param>
/// <param name="IsControl">Whether it is one of those that people paste, beside ours to show its holes.</param>
internal sealed record Strategy(string Name, bool IsControl = false)
{
    public static readonly IReadOnlyList<Strategy> All =
    [
        new("nmi-init-container"),
        new("identity-init-container"),
        new("nmi-exec-probes"),
        new("identity-exec-probes"),
        new("nmi-in-code"),
        new("identity-in-code"),
        new("sidecar"),
        new("curl-init-container", IsControl: true),
        new("curl-fail-init-container", IsControl: true),
        new("curl-healthz-probes", IsControl: true),
        new("curl-token-probes", IsControl: true),
    ];

    /// <summary>Those of which every cell must be as a user wants it.</summary>
    public static readonly IReadOnlyList<string> Complete = ["identity-in-code", "sidecar"];

    /// <summary>Where the manifests of the tests are.</summary>
    public static string Manifests { get; } = Path.Combine(Repository.Root, "tests", "PodIdentity.HealthChecks.ClusterTests");

    public string Namespace => $"podidentity-{Name}";

    public string Folder => Path.Combine(Manifests, "Strategies", Name);
}
