namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>The files of <c>samples/observability</c>.</summary>
internal static class Operators
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "samples", "observability");

    public static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));
}
