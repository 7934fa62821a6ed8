using System.Globalization;
using System.Text.RegularExpressions;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Diagnosis;

/// <summary>What is found by hand is what the patterns find that it stands for.</summary>
public sealed partial class SecretRunsTests
{
    private static readonly string[] Pieces =
    [
        "eyJ", "e", "y", "J", "A", "9", "_", "-", ".", "+", "/", "=", " ", "\n", "é", "\u200b", "\"", "abcdefghij", "ABCDEFGHIJ0123456789",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ".eyJ", "AADSTS", "AADSTS7002", "1", "Status Code = '", "400", "'. Response body: ", " Endpoint http",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_text_gives_what_its_pattern_gives(int seed)
    {
#pragma warning disable CA5394 // The same texts in every run.
        var random = new Random(seed);
        for (var i = 0; i < 2_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Pieces[random.Next(Pieces.Length)]));

            Assert.Equal(MaybeSecret().Replace(text, m => $"<{m.Length}>"), SecretRuns.Replace(text, run => $"<{run.Length}>"));
            Assert.Equal(Jwt().Replace(text, "<>"), SecretRuns.ReplaceJwts(text, "<>"));
            Assert.Equal(LastWord().Replace(text, string.Empty), SecretRuns.WithoutLastRun(text).ToString());
            Assert.Equal(Code(EntraErrorCode().Match(text)), EntraErrors.Find(text));
            var inner = InnerPattern().Match(text);
            Assert.Equal(inner.Success ? new InnerAnswer(Code(inner)!.Value, inner.Groups["body"].Value) : null, InnerAnswer.Find(text));
        }
#pragma warning restore CA5394
    }

    [Fact]
    public void What_is_left_is_the_text_itself()
    {
        const string Text = "nothing to see";

        Assert.Same(Text, SecretRuns.Replace(Text, _ => "x"));
        Assert.Same(Text, SecretRuns.ReplaceJwts(Text, "x"));
    }

    private static int? Code(Match match) => match.Success ? int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"eyJ[A-Za-z0-9_\-.+=/]{10,}|[A-Za-z0-9_\-.+=/]{40,}", RegexOptions.NonBacktracking)]
    private static partial Regex MaybeSecret();

    [GeneratedRegex(
        @"eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-.]{10,}|(?<![A-Za-z0-9])eyJ[A-Za-z0-9_\-]{10,}(\.[A-Za-z0-9_\-.]*)?",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Jwt();

    [GeneratedRegex(@"[A-Za-z0-9_\-.+=/\p{Cf}]*\z", RegexOptions.NonBacktracking)]
    private static partial Regex LastWord();

    [GeneratedRegex("AADSTS(?<number>[0-9]{4,9})", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex EntraErrorCode();

    [GeneratedRegex(
        "Status Code = '(?<number>[1-5][0-9]{2})'\\. Response body: (?<body>.*?)(?<end> Endpoint http|\\z)",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex InnerPattern();
}
