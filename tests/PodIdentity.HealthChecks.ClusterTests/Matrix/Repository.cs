using System.Runtime.CompilerServices;

namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>Where the sources are.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../.."));

    public static string TestFolder { get; } = Path.Combine(Root, "tests", "PodIdentity.HealthChecks.ClusterTests");

    private static string Here([CallerFilePath] string path = "") => path;
}
