namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>A way to guard a pod: a folder of manifests.</summary>
/// <param name="Name">Its folder's name.</param>
/// <param name="IsControl">Whether it is one of those that people paste, beside ours to show its holes.</param>
/// <param name="Watches">Whether anything checks after the start.</param>
/// <param name="IsComplete">Whether it must get every case right.</param>
internal sealed record Strategy(string Name, bool IsControl = false, bool Watches = true, bool IsComplete = false)
{
    /// <summary>Those for AAD Pod Identity.</summary>
    public static readonly IReadOnlyList<Strategy> PodIdentity =
    [
        new("nmi-init-container", Watches: false),
        new("identity-init-container", Watches: false),
        new("nmi-exec-probes"),
        new("identity-exec-probes"),
        new("nmi-in-code"),
        new("identity-in-code", IsComplete: true),
        new("sidecar", IsComplete: true),
        new("curl-init-container", IsControl: true),
        new("curl-fail-init-container", IsControl: true),
        new("curl-healthz-probes", IsControl: true),
        new("curl-token-probes", IsControl: true),
    ];

    public static readonly IReadOnlyList<Strategy> WorkloadIdentity =
    [
        new("workload-identity-in-code", IsComplete: true),
        new("workload-identity-sidecar", IsComplete: true),
        new("workload-identity-init-container", Watches: false),
    ];

    /// <summary>Where the manifests of the tests are.</summary>
    public static string Manifests { get; } = Path.Combine(Repository.Root, "tests", "PodIdentity.HealthChecks.ClusterTests");

    public string Namespace => $"podidentity-{Name}";

    public string Folder => Path.Combine(Manifests, "Strategies", Name);
}
