using System.Text.RegularExpressions;

namespace WebApp.Tests.Readme;

/// <summary>What the documents of the repository link to is there.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> AllDocuments => [.. Documents.All];

    public static TheoryData<string> PackedDocuments => [.. Documents.Packed];

    [Fact]
    public void The_READMEs_of_every_part_of_the_repository_are_looked_at()
    {
        string[] expected =
        [
            Documents.Root, .. Documents.Packed, "src/README.md", "samples/kubernetes/README.md", "samples/observability/README.md",
            "tests/PodIdentity.HealthChecks.Tests/Matrix/README.md",
        ];

        Assert.Superset(expected.ToHashSet(StringComparer.Ordinal), Documents.All.ToHashSet(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(AllDocuments))]
    public void A_relative_link_points_to_something_that_exists(string document) => Assert.All(RelativeLinks(document), link =>
    {
        var (path, anchor) = link.Split('#') is [var p, var a] ? (p, a) : (link, "");
        var target = path.Length == 0
            ? Path.Combine(Repository.Root, document)
            : Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, path));

        Assert.True(Path.Exists(target), $"{document} links to {link}, which does not exist.");
        if (anchor.Length > 0)
        {
            Assert.Contains(anchor, Heading().Matches(File.ReadAllText(target)).Select(m => AnchorOf(m.Groups["text"].Value)), StringComparer.Ordinal);
        }
    });

    [Theory]
    [MemberData(nameof(PackedDocuments))]
    public void A_gallery_cannot_follow_relative_links_so_a_packed_README_has_none(string document) => Assert.Empty(RelativeLinks(document));

    private static IEnumerable<string> RelativeLinks(string document) => Link().Matches(Documents.Read(document))
        .Select(m => m.Groups["target"].Value)
        .Where(target => !target.StartsWith("https://", StringComparison.Ordinal));

    /// <summary>As GitHub makes it from a heading.</summary>
    private static string AnchorOf(string heading) => NotInAnchor().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    /// <summary>Of Markdown, inline or by reference, or of HTML.</summary>
    [GeneratedRegex("""\]\((?<target>[^)\s]+)|^\[[^\]]+\]:\s*(?<target>\S+)|(href|src)="(?<target>[^"]+)""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInAnchor();
}
