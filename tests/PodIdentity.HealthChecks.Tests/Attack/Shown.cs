using System.Globalization;
using System.Text;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>What leaves the library, and how every text of it must be.</summary>
internal static class Shown
{
    private const int LongestDescription = 2000;
    private const int LongestValue = 1000;

    public static IEnumerable<string> TextsOf(HealthReportEntry entry) =>
        [entry.Description ?? "", entry.Exception?.ToString() ?? "", .. entry.Data.SelectMany(d => new[] { d.Key, $"{d.Value}" })];

    /// <summary>Short, one line, and nothing in it that moves the cursor, forges a line or cannot be encoded.</summary>
    public static void ShouldBeFitToShow(this HealthReportEntry entry)
    {
        Assert.InRange(entry.Description!.Length, 1, LongestDescription);
        Assert.All(TextsOf(entry), AssertFitToShow);
    }

    public static void ShouldBeFitToShow(this Verdict verdict)
    {
        var result = verdict.ToResult(HealthStatus.Unhealthy);
        new HealthReportEntry(result.Status, result.Description, TimeSpan.Zero, result.Exception, result.Data).ShouldBeFitToShow();
    }

    public static void AssertFitToShow(string text)
    {
        Assert.InRange(text.Length, 0, LongestDescription);
        for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(text, i);
            Assert.False(
                category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate,
                $"{category} at {i} of {Convert.ToBase64String(Encoding.BigEndianUnicode.GetBytes(text))}");
        }
    }

    public static void ValuesShouldBeShort(this Verdict verdict) =>
        Assert.All(verdict.Data.Values.OfType<string>(), v => Assert.InRange(v.Length, 0, LongestValue));
}
