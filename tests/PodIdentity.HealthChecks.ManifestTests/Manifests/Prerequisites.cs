namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

/// <summary>What has to be there before a strategy is applied.</summary>
internal static class Prerequisites
{
    public static IReadOnlyList<Dictionary<object, object?>> Documents(string file) =>
        Yaml.Read(File.ReadAllText(Path.Combine(Overlay.Folder, "prerequisites", file)));

    public static Dictionary<object, object?> Spec(string file, string kind) => (Dictionary<object, object?>)Single(file, kind)["spec"]!;

    public static Metadata Metadata(string file, string kind) => Yaml.As<Deployment>(Single(file, kind)).Metadata;

    private static Dictionary<object, object?> Single(string file, string kind) => Documents(file).Single(d => kind.Equals(d["kind"]));
}
