using System.Text;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Finds a JWT that somebody has broken into pieces, none of which looks like one.</summary>
internal static class FoldedToken
{
    /// <summary>So much of it is decoded that it is no chance when letters come out; and no more than the shortest header has.</summary>
    private const int Seen = 16;

    /// <returns>Where it begins, or -1.</returns>
    public static int Find(string text)
    {
        if (!text.Contains('J', StringComparison.Ordinal))
        {
            return -1;
        }

        var letters = new StringBuilder(text.Length);
        var places = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(text[i]) || text[i] is '_' or '-')
            {
                letters.Append(text[i]);
                places.Add(i);
            }
        }

        var unfolded = letters.ToString();
        for (var at = 0; (at = unfolded.IndexOf(SecretRuns.Beginning, at, StringComparison.Ordinal)) >= 0;)
        {
            var run = SecretRuns.JwtAt(text.AsSpan(places[at]));
            if (run.Count('.') >= 2)
            {
                // What is in one piece is found by SecretRuns, which leaves the words after it.
                at += run.Length - run.Count('.');
            }
            else if (unfolded.Length - at >= Seen && IsText(unfolded.AsSpan(at, Seen)))
            {
                return places[at];
            }
            else
            {
                at++;
            }
        }

        return -1;
    }

    private static bool IsText(ReadOnlySpan<char> part) => Base64Url.Decode(part) is { } decoded && !decoded.AsSpan().ContainsAnyExceptInRange((byte)' ', (byte)'~');
}
