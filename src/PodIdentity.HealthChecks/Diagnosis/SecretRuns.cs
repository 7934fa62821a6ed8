using System.Buffers;
using System.Globalization;
using System.Text;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>
/// Where in a text secrets may be. By hand: patterns that cannot be made to backtrack need the interpreter of regular expressions, which is
/// larger than all of this library in a native executable.
/// </summary>
internal static class SecretRuns
{
    /// <summary>What the header of every JWT begins with: <c>{"</c>.</summary>
    public const string Beginning = "eyJ";

    private const int LeastRun = 40;
    private const int LeastPart = 10;

    private static readonly SearchValues<char> Base64 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+=/");

    private static readonly SearchValues<char> JwtPart = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private static readonly SearchValues<char> JwtRest = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    /// <returns><see langword="null"/> to leave it.</returns>
    internal delegate string? Replacement(ReadOnlySpan<char> run);

    private delegate Range? Find(ReadOnlySpan<char> text, int from);

    /// <summary>40 or more characters of base64 without a break, as JWTs and other secrets are, or fewer after "eyJ". GUIDs (36) and addresses are shorter.</summary>
    /// <param name="text">The text.</param>
    /// <param name="replacement">What takes the place of a run.</param>
    public static string Replace(string text, Replacement replacement) => Replace(text, FindRun, replacement);

    /// <summary>Two parts of a JWT and more; or one, where a word begins with it.</summary>
    public static string ReplaceJwts(string text, string replacement) => Replace(text, FindJwt, _ => replacement);

    /// <summary>As much of the beginning of a text as may belong to one JWT.</summary>
    public static ReadOnlySpan<char> JwtAt(ReadOnlySpan<char> text) => Run(text, JwtRest);

    /// <summary>The text without the run that it may break off in; a mark that is not seen is no break.</summary>
    public static ReadOnlySpan<char> WithoutLastRun(ReadOnlySpan<char> text)
    {
        var end = text.Length;
        while (end > 0 && (Base64.Contains(text[end - 1]) || char.GetUnicodeCategory(text[end - 1]) is UnicodeCategory.Format))
        {
            end--;
        }

        return text[..end];
    }

    private static string Replace(string text, Find find, Replacement replacement)
    {
        StringBuilder? replaced = null;
        var copied = 0;
        for (var from = 0; find(text, from) is { } found; from = found.End.Value)
        {
            if (replacement(text.AsSpan()[found]) is { } other)
            {
                replaced ??= new StringBuilder(text.Length);
                replaced.Append(text, copied, found.Start.Value - copied).Append(other);
                copied = found.End.Value;
            }
        }

        return replaced is null ? text : replaced.Append(text, copied, text.Length - copied).ToString();
    }

    private static Range? FindRun(ReadOnlySpan<char> text, int from)
    {
        while (from < text.Length)
        {
            var run = Run(text[from..], Base64);
            if (run.Length >= LeastRun)
            {
                return from..(from + run.Length);
            }

            if (run.IndexOf(Beginning) is >= 0 and var at && run.Length - at >= Beginning.Length + LeastPart)
            {
                return (from + at)..(from + run.Length);
            }

            from += run.Length + 1;
        }

        return null;
    }

    private static Range? FindJwt(ReadOnlySpan<char> text, int from)
    {
        while (text[from..].IndexOf(Beginning) is >= 0 and var at)
        {
            from += at;
            var dot = from + Run(text[from..], JwtPart).Length;
            var rest = dot < text.Length && text[dot] is '.' ? JwtAt(text[(dot + 1)..]).Length + 1 : 0;
            for (var begin = from; dot - begin >= Beginning.Length + LeastPart;)
            {
                if (rest > LeastPart || begin is 0 || !char.IsAsciiLetterOrDigit(text[begin - 1]))
                {
                    return begin..(dot + rest);
                }

                var next = text[(begin + 1)..dot].IndexOf(Beginning);
                begin = next < 0 ? dot : begin + 1 + next;
            }

            // Whatever begins before the dot ends there, too.
            from = dot;
        }

        return null;
    }

    private static ReadOnlySpan<char> Run(ReadOnlySpan<char> text, SearchValues<char> characters) =>
        text.IndexOfAnyExcept(characters) is >= 0 and var end ? text[..end] : text;
}
