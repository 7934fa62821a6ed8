using System.Globalization;
using System.Text;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Makes text from elsewhere fit to be shown and logged: one short line, and nothing at all of a text that may hold a secret.</summary>
internal static class SafeText
{
    public const string Withheld = "[not shown: it may hold a secret]";

    private const int MaxLength = 300;

    /// <summary>A secret that begins before the cut is recognised by what follows it.</summary>
    private const int Lookahead = 1000;

    public static string ForPeople(string text, int maxLength = MaxLength)
    {
        var line = OneLine(text, maxLength + Lookahead);
        return Secrets.MayBeIn(line) ? Withheld : Cut(line, maxLength);
    }

    /// <summary>An identifier or a path: it may be long and look like anything, so only a token in it is withheld.</summary>
    public static string Identifier(string text)
    {
        var line = OneLine(text, (2 * MaxLength) + Lookahead);
        return Secrets.HasToken(line) ? Withheld : Cut(line, 2 * MaxLength);
    }

    /// <summary>An address without what may be secret in it: a user, a password, a query.</summary>
    public static string Address(string text)
    {
        var end = text.AsSpan().IndexOfAny('?', '#');
        var head = end < 0 ? text : string.Concat(text.AsSpan(0, end), "?…");
        var scheme = head.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0;
        return Identifier(string.Concat(head.AsSpan(0, scheme), head.AsSpan(Math.Max(scheme, head.LastIndexOf('@') + 1))));
    }

    /// <summary>An address that is asked, without what it may hold of secrets: the user before it, the query behind it.</summary>
    public static string Address(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static string Cut(string line, int length) =>
        line.Length <= length ? line
        : char.IsHighSurrogate(line[length - 1]) ? Cut(line, length - 1)
        : string.Concat(line.AsSpan(0, length), "…");

    private static string OneLine(string text, int maxLength)
    {
        if (text.Length <= maxLength && !text.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return text;
        }

        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= maxLength)
            {
                break;
            }

            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Format)
            {
                // It is invisible, or turns the text around: the text is not what it would look like without it.
                line.Append('\ufffd');
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
