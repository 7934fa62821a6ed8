using System.Text.RegularExpressions;
using PodIdentity.HealthChecks;

namespace WebApp.Tests.Readme;

/// <summary>What the README shows is compiled, and what it lists is complete.</summary>
public partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Fact]
    public void The_first_program_is_the_one_that_a_consumer_of_the_package_runs() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Consumer", "Program.cs")), CSharpBlocks()[0]);

    [Fact]
    public void Every_other_snippet_is_compiled_as_it_stands()
    {
        var compiled = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "WebApp.Tests", "Readme"), "*.cs")
            .Select(file => Unindented(File.ReadAllText(file)))
            .ToArray();

        var snippets = CSharpBlocks()[1..];

        Assert.NotEmpty(snippets);
        Assert.All(snippets, snippet => Assert.True(
            compiled.Any(file => file.Contains(Unindented(snippet), StringComparison.Ordinal)), "Not compiled by any file in Readme:\n" + snippet));
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

    /// <summary>The first column of a section's tables.</summary>
    private static void AssertRows(string section, IEnumerable<string> expected)
    {
        var start = Readme.IndexOf($"\n## {section}\n", StringComparison.Ordinal);
        var end = Readme.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        var rows = FirstColumn().Matches(Readme[start..end]).Select(m => m.Groups["name"].Value);

        Assert.Equal(expected.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    private static string[] CSharpBlocks() => [.. CSharpBlock().Matches(Readme).Select(m => m.Groups["code"].Value)];

    private static string Unindented(string code) => string.Join('\n', code.Trim().Split('\n').Select(line => line.Trim()));

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex("^\\| `(?<name>[^`]+)` \\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FirstColumn();
}
