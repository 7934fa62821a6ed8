using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>GitHub drops an issue form or a workflow that it cannot read, and no build notices.</summary>
public sealed class GitHubFilesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, ".github");

    public static TheoryData<string> Files { get; } = [.. Directory
        .EnumerateFiles(Folder, "*.yml", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Folder, file))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_form_and_workflow_parses(string file) => Assert.NotEmpty(Yaml.Read(File.ReadAllText(Path.Combine(Folder, file))));
}
