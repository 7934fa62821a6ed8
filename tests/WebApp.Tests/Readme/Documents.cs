namespace WebApp.Tests.Readme;

/// <summary>The repository's READMEs, by their paths from its root.</summary>
internal static class Documents
{
    public const string Root = "README.md";

    public const string Library = "src/PodIdentity.HealthChecks/README.md";

    public const string Simulator = "src/PodIdentity.HealthChecks.Testing/README.md";

    public const string Probe = "src/PodIdentity.HealthChecks.Probe/README.md";

    /// <summary>Each is in a package, and shown on a gallery.</summary>
    public static readonly string[] Packed = [Library, Simulator, Probe];

    /// <summary>What a build leaves behind is nobody's document.</summary>
    private static readonly string[] Left = ["artifacts", "bin", "obj"];

    public static IEnumerable<string> All => In(new DirectoryInfo(Repository.Root))
        .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'));

    public static string Read(string document) => File.ReadAllText(Path.Combine(Repository.Root, document));

    private static IEnumerable<string> In(DirectoryInfo folder) => folder.EnumerateFiles("*.md").Select(file => file.FullName)
        .Concat(folder.EnumerateDirectories().Where(IsSource).SelectMany(In));

    private static bool IsSource(DirectoryInfo folder) => folder.Name is not ".git" && !Left.Contains(folder.Name, StringComparer.Ordinal);
}
