using System.Text;

namespace PodIdentity.HealthChecks.Testing.Wire;

/// <summary>Base64 as JSON web tokens and keys have it. The framework's own needs .NET 9.</summary>
internal static class Base64Url
{
    public static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    public static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <returns><see langword="null"/> when it is not base64.</returns>
    public static byte[]? Decode(string text)
    {
        var padded = text.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (text.Length % 4)) % 4);
        var bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out var length) ? bytes[..length] : null;
    }
}
