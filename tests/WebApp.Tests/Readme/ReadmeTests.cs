using System.Text.RegularExpressions;
using PodIdentity.HealthChecks;

namespace WebApp.Tests.Readme;

/// <summary>What the READMEs list is complete, and the one that everybody reads first is short.</summary>
public partial class ReadmeTests
{
    [Fact]
    public void The_first_README_has_at_most_200_lines_and_1500_words()
    {
        var text = Documents.Read(Documents.Root);

        Assert.InRange(text.TrimEnd().Split('\n').Length, 1, 200);
        Assert.InRange(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length, 1, 1500);
    }

    [Fact]
    public void The_program_that_people_copy_is_one_file_of_at_most_80_lines()
    {
        var program = Assert.Single(Directory.GetFiles(Path.Combine(Repository.Root, "samples", "WebApp"), "*.cs"));

        Assert.InRange(File.ReadAllLines(program).Length, 1, 80);
    }

    [Fact]
    public void The_table_of_reasons_is_complete_and_lists_nothing_else() =>
        AssertRows("Troubleshooting", Enum.GetNames<PodIdentityFailureReason>());

    [Fact]
    public void The_table_of_data_keys_is_complete_and_lists_nothing_else() =>
        AssertRows("What a result holds", typeof(PodIdentityDataKeys).GetFields().Select(key => (string)key.GetRawConstantValue()!));

    [Fact]
    public void The_tables_of_options_are_complete_and_list_nothing_else() => AssertRows(
        "Options",
        new[] { typeof(PodIdentityHealthCheckOptions), typeof(NmiHealthCheckOptions) }.SelectMany(t => t.GetProperties()).Select(p => p.Name).Distinct(StringComparer.Ordinal));

    [Fact]
    public void The_table_of_the_start_up_gates_options_is_complete_and_lists_nothing_else() =>
        AssertRows("Start-up gate", typeof(StartupGateOptions).GetProperties().Select(p => p.Name));

    /// <summary>The first column of the tables in a section of the library's README.</summary>
    private static void AssertRows(string section, IEnumerable<string> expected)
    {
        var readme = Documents.Read(Documents.Library);
        var start = readme.IndexOf($"\n## {section}\n", StringComparison.Ordinal);
        var end = readme.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        var rows = FirstColumn().Matches(readme[start..end]).Select(m => m.Groups["name"].Value);

        Assert.Equal(expected.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [GeneratedRegex("^\\| `(?<name>[^`]+)` \\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FirstColumn();
}
