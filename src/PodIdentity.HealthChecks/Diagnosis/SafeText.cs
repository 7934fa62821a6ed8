using System.Globalization;
using System.Text;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Makes words from elsewhere fit to be shown and logged: one line, short, and nothing in them that could be a token.</summary>
internal static class SafeText
{
    private const int MaxLength = 300;
    private const int MaxSegment = 40;
    private const string Removed = "[removed]";

    public static string ForPeople(string text) =>
        Cut(SecretRuns.Replace(BeforeToken(OneLine(Head(text), invisible: string.Empty)), static run => IsSecret(run) ? Removed : null), MaxLength);

    /// <summary>An identifier, which may be long and look like anything, and is no secret unless it is a whole token.</summary>
    public static string Identifier(string text) => IsPlainAndShort(text) ? text : Cut(BeforeToken(SecretRuns.ReplaceJwts(OneLine(text, invisible: "\ufffd"), Removed)), 2 * MaxLength);

    /// <summary>An address without what may be secret in it: a user, a password, a query.</summary>
    public static string Address(string text)
    {
        var end = text.AsSpan().IndexOfAny('?', '#');
        var head = end < 0 ? text : string.Concat(text.AsSpan(0, end), "?…");
        var scheme = head.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0;
        return Identifier(string.Concat(head.AsSpan(0, scheme), head.AsSpan(Math.Max(scheme, head.LastIndexOf('@') + 1))));
    }

    /// <summary>Nearly every identifier is: visible ASCII, and no room for a token.</summary>
    private static bool IsPlainAndShort(string text) =>
        text.Length <= MaxLength
        && !text.AsSpan().ContainsAnyExceptInRange('!', '~')
        && !text.Contains("eyJ", StringComparison.Ordinal);

    /// <summary>A hostile text is long: no more of it need be seen than can be shown, but no secret may be cut to where it looks like none.</summary>
    private static string Head(string text)
    {
        const int Seen = 8 * MaxLength;
        return text.Length <= Seen ? text : string.Concat(SecretRuns.WithoutLastRun(text.AsSpan(0, Seen)), "…");
    }

    /// <summary>Where a token ends that is in pieces, nobody can tell.</summary>
    private static string BeforeToken(string line) => FoldedToken.Find(line) is >= 0 and var at ? line[..at] + Removed : line;

    /// <summary>Kubernetes names may be as long as a secret, but have no capitals; paths and ARM ids have few, and names in between.</summary>
    private static bool IsSecret(ReadOnlySpan<char> run)
    {
        var capitals = 0;
        var segment = 0;
        var hasCapital = false;
        foreach (var character in run)
        {
            if (character is '/')
            {
                (segment, hasCapital) = (0, false);
                continue;
            }

            hasCapital |= char.IsAsciiLetterUpper(character);
            capitals += char.IsAsciiLetterUpper(character) ? 1 : 0;
            if (++segment >= MaxSegment && hasCapital)
            {
                return true;
            }
        }

        return capitals * 8 > run.Length || run.Contains("eyJ", StringComparison.Ordinal);
    }

    private static string Cut(string line, int length) =>
        line.Length <= length ? line
        : char.IsHighSurrogate(line[length - 1]) ? Cut(line, length - 1)
        : string.Concat(line.AsSpan(0, length), "…");

    /// <param name="text">The text.</param>
    /// <param name="invisible">What stands for a mark that is not seen and may turn the text around.</param>
    private static string OneLine(string text, string invisible)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Format)
            {
                line.Append(invisible);
            }
            else if (category is not UnicodeCategory.Control && !Rune.IsWhiteSpace(rune))
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
}
