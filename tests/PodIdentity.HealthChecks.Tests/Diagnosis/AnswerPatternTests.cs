using System.Globalization;
using System.Text.RegularExpressions;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Diagnosis;

/// <summary>The readers that were written by hand find what the pattern finds that each stands for.</summary>
public sealed partial class AnswerPatternTests
{
    private static readonly string[] Pieces =
        ["e", "J", "A", "9", ".", " ", "\n", "é", "\"", "AADSTS", "AADSTS7002", "1", "Status Code = '", "400", "'. Response body: ", " Endpoint http"];

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

            Assert.Equal(Code(EntraErrorCode().Match(text)), EntraErrors.Find(text));
            var inner = InnerPattern().Match(text);
            Assert.Equal(inner.Success ? new InnerAnswer(Code(inner)!.Value, inner.Groups["body"].Value) : null, InnerAnswer.Find(text));
        }
#pragma warning restore CA5394
    }

    private static int? Code(Match match) => match.Success ? int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex("AADSTS(?<number>[0-9]{4,9})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex EntraErrorCode();

    [GeneratedRegex(
        "Status Code = '(?<number>[1-5][0-9]{2})'\\. Response body: (?<body>.*?)(?<end> Endpoint http|\\z)",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex InnerPattern();
}
