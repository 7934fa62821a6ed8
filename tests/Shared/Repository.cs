namespace PodIdentity.HealthChecks.Tests;

/// <summary>Where the sources are, from where the tests run: in a deterministic build no path of the sources is true.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? directory) =>
        directory is null ? throw new InvalidOperationException("The tests do not run inside the repository.")
        : File.Exists(Path.Combine(directory.FullName, "PodIdentity.HealthChecks.sln")) ? directory.FullName
        : Find(directory.Parent);
}
