using System.Text.RegularExpressions;

namespace WebApp.Tests.Readme;

/// <summary>What the READMEs show compiles as it is pasted, with the <c>using</c>s that it shows and no others.</summary>
public sealed partial class SnippetTests
{
    /// <summary>What <c>Microsoft.NET.Sdk.Web</c> gives an application without a word.</summary>
    private static readonly string[] ImplicitInAnApplication =
    [
        "using Microsoft.AspNetCore.Builder;",
        "using Microsoft.AspNetCore.Hosting;",
        "using Microsoft.AspNetCore.Http;",
        "using Microsoft.AspNetCore.Routing;",
        "using Microsoft.Extensions.Configuration;",
        "using Microsoft.Extensions.DependencyInjection;",
        "using Microsoft.Extensions.Hosting;",
        "using Microsoft.Extensions.Logging;",
    ];

    private static readonly Code[] Compiled =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "WebApp.Tests", "Readme", "Snippets"), "*.cs").Select(file => Code.Of(File.ReadAllText(file))),
    ];

    private static readonly string WholeProgram = CSharpIn(Documents.Root)[0];

    public static TheoryData<string, string> Snippets
    {
        get
        {
            var snippets = new TheoryData<string, string>();
            foreach (var document in Documents.All)
            {
                foreach (var snippet in CSharpIn(document).Where(s => !s.Equals(WholeProgram, StringComparison.Ordinal)))
                {
                    snippets.Add(document, snippet);
                }
            }

            return snippets;
        }
    }

    [Fact]
    public void The_whole_program_is_one_that_a_consumer_of_the_package_runs() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Consumer", "WorkloadIdentity.cs")), WholeProgram);

    [Fact]
    public void With_the_registrations_for_AAD_Pod_Identity_it_is_the_other_one()
    {
        var registrations = Code.Of(CSharpIn(Documents.Root)[1]);
        var consumer = Code.Of(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Consumer", "AadPodIdentity.cs")));
        var program = Code.Of(WholeProgram).Body;
        var replaced = program[program.IndexOf("builder.Services", StringComparison.Ordinal)..(program.IndexOf(";\n\n", StringComparison.Ordinal) + 1)];

        Assert.Equal(program.Replace(replaced, registrations.Body, StringComparison.Ordinal), consumer.Body);
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public void A_snippet_is_compiled_as_it_stands(string document, string snippet)
    {
        var code = Code.Of(snippet);
        var isOfAnApplication = code.Body.Contains("builder.", StringComparison.Ordinal) || code.Body.Contains("app.", StringComparison.Ordinal);
        string[] given = isOfAnApplication ? ImplicitInAnApplication : [];

        var holders = Compiled.Where(file => file.Body.Contains(code.Body, StringComparison.Ordinal)).ToArray();

        Assert.True(holders.Length > 0, $"No file in Snippets holds this snippet of {document}:\n{snippet}");
        Assert.True(
            holders.Any(file => file.Usings.Except(given, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal).SetEquals(code.Usings)),
            $"It compiles with other usings than this snippet of {document} has:\n{snippet}");
    }

    private static string[] CSharpIn(string document) => [.. CSharpBlock().Matches(Documents.Read(document)).Select(m => m.Groups["code"].Value)];

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CSharpBlock();

    /// <summary>Without its indentation, which is deeper in a file.</summary>
    private sealed record Code(string[] Usings, string Body)
    {
        public static Code Of(string text)
        {
            var lines = text.Trim().Split('\n').Select(line => line.Trim()).SkipWhile(line => line.StartsWith("#pragma", StringComparison.Ordinal)).ToArray();
            var usings = lines.TakeWhile(IsUsingOrBlank).ToArray();
            return new([.. usings.Where(line => line.Length > 0)], string.Join('\n', lines[usings.Length..]));
        }

        private static bool IsUsingOrBlank(string line) => line.Length == 0 || line.StartsWith("using ", StringComparison.Ordinal);
    }
}
