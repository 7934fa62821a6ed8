using System.Buffers;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>
/// Recognises what may be a secret: JWTs, base64, hexadecimal, client secrets of Microsoft Entra ID. No regular expressions: their
/// interpreter is larger than this library in a native executable.
/// </summary>
internal static class Secrets
{
    private const string TokenStart = "eyJ"; // {"
    private const int TokenHead = 16; // characters, fewer than the shortest header has

    private const int MinHex = 20;
    private const int GuidLength = 32; // without dashes
    private const int MinClientSecret = 20;
    private const int MinBase64 = 20;
    private const int MinSegment = 32; // between slashes
    private const int MinMixedWord = 5; // IPv4 and K8s are shorter

    // Measured: of 19,000 lines of prose one is withheld, of 41,000 with names of .NET one in 400; one random key in 1,000 of 32
    // characters is shown, and one in 20,000 of 43, or in 1,000 where it has a slash, as paths have.
    private const int MaxDisorder = 9;
    private const int MaxDisorderOfBase64 = 4;
    private const int MaxDisorderOfSegment = 2;

    private const string Alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static readonly SearchValues<char> Alphanumeric = SearchValues.Create(Alphanumerics);
    private static readonly SearchValues<char> Base64 = SearchValues.Create(Alphanumerics + "+=_-/");
    private static readonly SearchValues<char> Segment = SearchValues.Create(Alphanumerics + "+=_-");
    private static readonly SearchValues<char> ClientSecret = SearchValues.Create(Alphanumerics + "._-~");
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    public static bool MayBeIn(string text)
    {
        text = Unescape(text);
        return HasToken(text)
            || Runs(text, Hex, MinHex).Any(run => run.Any(char.IsAsciiDigit) && run.Any(char.IsAsciiLetter) && !IsEndOfName(run, text))
            || Runs(text, ClientSecret, MinClientSecret).Any(run => run.Contains('~', StringComparison.Ordinal) && IsMixed(run))
            || Runs(text, Base64, MinBase64).Any(run => Disorder(run) > MaxDisorderOfBase64)
            || Runs(text, Segment, MinSegment).Any(run => Disorder(run) > MaxDisorderOfSegment)
            || Disorder(text) > MaxDisorder;
    }

    /// <summary>Whether a JWT is in a text, in one piece or in many: the letters and digits are read without what separates them.</summary>
    public static bool HasToken(string text)
    {
        text = Unescape(text);
        if (!text.Contains(TokenStart[^1], StringComparison.Ordinal))
        {
            return false;
        }

        var letters = string.Concat(Runs(text, Alphanumeric, 1));
        for (var at = 0; (at = letters.IndexOf(TokenStart, at, StringComparison.Ordinal)) >= 0; at++)
        {
            if (letters.Length - at >= TokenHead
                && Base64Url.Decode(letters.AsSpan(at, TokenHead)) is { } head
                && !head.AsSpan().ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Names of Kubernetes may end in a GUID without dashes, or in a part of one.</summary>
    private static bool IsEndOfName(string run, string text) => run.Length <= GuidLength && text.Contains('-' + run, StringComparison.Ordinal);

    /// <summary>
    /// Random letters and digits change between capitals, small letters and digits at nearly every step, names and words seldom: pieces of
    /// one kind that have one or two characters count, longer ones count against it. The most that comes together anywhere is returned.
    /// </summary>
    private static int Disorder(string text)
    {
        var disorder = 0;
        var most = 0;
        foreach (var word in Runs(text, Alphanumeric, MinMixedWord).Where(IsMixed))
        {
            for (int start = 0, end; start < word.Length; start = end)
            {
                end = EndOfPiece(word, start);
                var isNumbered = end == word.Length && char.IsAsciiDigit(word[start]);
                disorder = Math.Max(0, disorder + (isNumbered ? 0 : 3 - (end - start)));
                most = Math.Max(most, disorder);
            }
        }

        return most;
    }

    /// <summary>GUIDs, hashes and most words have only capitals or only small letters.</summary>
    private static bool IsMixed(string word) => word.Any(char.IsAsciiLetterUpper) && word.Any(char.IsAsciiLetterLower);

    /// <summary>A capital belongs to the small letters behind it.</summary>
    private static int EndOfPiece(string word, int start)
    {
        var end = start + 1;
        if (end < word.Length && char.IsAsciiLetterUpper(word[start]) && char.IsAsciiLetterLower(word[end]))
        {
            end++;
        }

        while (end < word.Length && KindOf(word[end]) == KindOf(word[end - 1]))
        {
            end++;
        }

        return end;
    }

    private static char KindOf(char character) => char.IsAsciiDigit(character) ? '0' : char.IsAsciiLetterUpper(character) ? 'A' : 'a';

    /// <summary>Percent-encoding may be encoded in turn.</summary>
    private static string Unescape(string text)
    {
        for (string next; (next = Uri.UnescapeDataString(text)).Length < text.Length; text = next)
        {
        }

        return text;
    }

    private static IEnumerable<string> Runs(string text, SearchValues<char> characters, int minLength)
    {
        for (int start = 0, end; start < text.Length; start = end + 1)
        {
            var length = text.AsSpan(start).IndexOfAnyExcept(characters);
            end = length < 0 ? text.Length : start + length;
            if (end - start >= minLength)
            {
                yield return text[start..end];
            }
        }
    }
}
