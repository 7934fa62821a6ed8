namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

/// <summary>Where the manifests are, from where the tests run.</summary>
internal static class Repository
{
    public static string Kubernetes { get; } = Path.Combine(Find(new DirectoryInfo(AppContext.BaseDirectory)), "samples", "kubernetes");

    private static string Find(DirectoryInfo? directory) =>
        directory is null ? throw new InvalidOperationException("The tests do not run inside the repository.")
        : File.Exists(Path.Combine(directory.FullName, "PodIdentity.HealthChecks.sln")) ? directory.FullName
        : Find(directory.Parent);
}
