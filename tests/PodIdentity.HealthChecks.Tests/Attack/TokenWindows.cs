namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Finds any piece of a token in a text: 20 characters of it are enough.</summary>
internal sealed class TokenWindows
{
    private const int Window = 20;

    private readonly HashSet<string> _windows;

    public TokenWindows(params IEnumerable<string> tokens) => _windows = tokens.SelectMany(SecretParts).SelectMany(Windows).ToHashSet(StringComparer.Ordinal);

    /// <returns>The first piece found, or <see langword="null"/>.</returns>
    public string? FindIn(string text) => Windows(text).FirstOrDefault(_windows.Contains);

    private static IEnumerable<string> Windows(string text) => Enumerable.Range(0, Math.Max(0, text.Length - Window + 1)).Select(i => text.Substring(i, Window));

    /// <summary>The header of a JWT is the same in all of them, and no secret.</summary>
    private static string[] SecretParts(string token) => token.Split('.') is [_, var payload, var signature] ? [payload, signature] : [token];
}
