using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>What can be said of the files as they are, without kubectl.</summary>
public sealed class FilesTests
{
    private static readonly string[] Expected =
    [
        "identity-exec-probes", "identity-in-code", "identity-init-container", "native-sidecar", "nmi-exec-probes", "nmi-in-code",
        "nmi-init-container", "sidecar", "workload-identity-in-code", "workload-identity-init-container", "workload-identity-sidecar",
    ];

    public static TheoryData<string> Files { get; } = [.. Directory
        .EnumerateFiles(Overlay.Folder, "*.yaml", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Overlay.Folder, file))
        .Order(StringComparer.Ordinal)];

    [Fact]
    public void There_is_an_overlay_for_every_strategy() => Assert.Equal(Expected, Overlay.Strategies, StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_manifest_parses(string file)
    {
        var documents = Yaml.Read(Read(file));

        Assert.NotEmpty(documents);
        Assert.All(documents, document =>
        {
            Assert.IsType<string>(document["apiVersion"]);
            Assert.IsType<string>(document["kind"]);
        });
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_manifest_names_a_namespace_that_is_the_users_choice(string file) => Assert.All(Yaml.Read(Read(file)), document =>
    {
        var metadata = document.TryGetValue("metadata", out var found) ? (Dictionary<object, object?>?)found : null;
        Assert.True("AzurePodIdentityException".Equals(document["kind"]) || metadata?.ContainsKey("namespace") is not true);
    });

    [Theory]
    [ClassData(typeof(Strategies))]
    public void Every_overlay_is_written_for_todays_kustomize(string strategy)
    {
        var kustomization = Yaml.Read(Read(Path.Combine("overlays", strategy, "kustomization.yaml"))).Single();

        Assert.Equal(["../../base"], Assert.IsType<List<object>>(kustomization["resources"]));
        Assert.Empty(kustomization.Keys.Cast<string>().Except(["apiVersion", "kind", "resources", "patches", "configMapGenerator"], StringComparer.Ordinal));
    }

    [Theory]
    [ClassData(typeof(Strategies))]
    public void Every_file_of_an_overlay_is_a_part_of_it(string strategy)
    {
        var folder = Path.Combine("overlays", strategy);
        var kustomization = Yaml.Read(Read(Path.Combine(folder, "kustomization.yaml"))).Single();

        Assert.Equal(
            Directory.EnumerateFiles(Path.Combine(Overlay.Folder, folder)).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            ((List<object>)kustomization["patches"]!).Select(patch => (string)((Dictionary<object, object?>)patch)["path"]!)
                .Append("kustomization.yaml").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_README_names_every_strategy_and_every_prerequisite()
    {
        var readme = Read("README.md");

        Assert.All(Overlay.Strategies, strategy => Assert.Contains($"`{strategy}`", readme, StringComparison.Ordinal));
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(Overlay.Folder, "prerequisites")).Select(Path.GetFileName),
            file => Assert.Contains($"prerequisites/{file}", readme, StringComparison.Ordinal));
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Overlay.Folder, file));
}
