namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Finds any piece of a token in a text: 20 characters of it are enough.</summary>
internal sealed class TokenWindows
{
    private const int Window = 20;

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _windows;

    public TokenWindows(params IEnumerable<string> tokens)
    {
        var windows = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in tokens.SelectMany(SecretParts))
        {
            for (var i = 0; i + Window <= part.Length; i++)
            {
                windows.Add(part.Substring(i, Window));
            }
        }

        _windows = windows.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <returns>The first piece found, or <see langword="null"/>.</returns>
    public string? FindIn(string text)
    {
        for (var i = 0; i + Window <= text.Length; i++)
        {
            if (_windows.Contains(text.AsSpan(i, Window)))
            {
                return text.Substring(i, Window);
            }
        }

        return null;
    }

    /// <summary>The header of a JWT is the same in all of them, and no secret.</summary>
    private static string[] SecretParts(string token) => token.Split('.') is [_, var payload, var signature] ? [payload, signature] : [token];
}
