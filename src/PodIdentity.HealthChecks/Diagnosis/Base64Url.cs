namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What the parts of a JWT are written in. .NET 8 has no reader for it.</summary>
internal static class Base64Url
{
    /// <returns><see langword="null"/> when it is none.</returns>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var base64 = new char[(text.Length + 3) / 4 * 4];
        text.CopyTo(base64);
        base64.AsSpan(text.Length).Fill('=');
        base64.AsSpan().Replace('-', '+');
        base64.AsSpan().Replace('_', '/');
        var bytes = new byte[base64.Length / 4 * 3];
        return Convert.TryFromBase64Chars(base64, bytes, out var length) ? bytes[..length] : null;
    }
}
