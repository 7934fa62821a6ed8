using System.Text;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Tokens that open nothing.</summary>
internal static class FakeToken
{
    private const string Header = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9";

    /// <summary>A day from now by the real clock, which MSAL goes by: it caches no token that lives for decades, and near the end of time it makes a date beyond it and throws.</summary>
    public static long Expiry { get; } = (TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(1)).ToUnixTimeSeconds();

    public static string For(string clientId, int signatureBytes = 256) => WithClaims(
        $$"""{"aud":"https://management.azure.com/","appid":"{{clientId}}","oid":"{{clientId}}","exp":{{Expiry}}}""", signatureBytes);

    public static string WithClaims(string claims, int signatureBytes = 256) =>
        $"{Header}.{Encode(Encoding.UTF8.GetBytes(claims))}.{Opaque(signatureBytes, seed: claims.Length)}";

    public static string Opaque(int bytes, int seed)
    {
        var random = new byte[bytes];
        new Random(seed).NextBytes(random);
        return Encode(random);
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
