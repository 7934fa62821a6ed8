using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Makes words from elsewhere fit to be shown and logged: one line, short, and nothing in them that could be a token.</summary>
internal static partial class SafeText
{
    private const int MaxLength = 300;

    public static string ForPeople(string text)
    {
        // A hostile body is long; the expression below need not see more of it than can be shown.
        var head = text.Length > 8 * MaxLength ? text[..(8 * MaxLength)] : text;
        return Cut(MaybeSecret().Replace(OneLine(head), Redact), MaxLength);
    }

    /// <summary>An identifier, which may be long and look like anything, and is no secret.</summary>
    public static string Identifier(string text) => Cut(OneLine(text), 2 * MaxLength);

    // Kubernetes names may be as long as a secret, but have no capitals.
    private static string Redact(Match match) => match.ValueSpan.ContainsAnyInRange('A', 'Z') ? "[removed]" : match.Value;

    private static string Cut(string line, int length) =>
        line.Length <= length ? line
        : char.IsHighSurrogate(line[length - 1]) ? Cut(line, length - 1)
        : string.Concat(line.AsSpan(0, length), "…");

    private static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var breaks = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            if (!breaks && !Rune.IsWhiteSpace(rune))
            {
                line.Append(rune.ToString());
            }
            else if (line.Length > 0 && line[^1] != ' ')
            {
                line.Append(' ');
            }
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>40 or more characters of base64 without a break, as JWTs and other secrets are. GUIDs (36) and addresses are shorter.</summary>
    [GeneratedRegex(@"eyJ[A-Za-z0-9_\-.+=]{10,}|[A-Za-z0-9_\-.+=]{40,}", RegexOptions.NonBacktracking)]
    private static partial Regex MaybeSecret();
}
