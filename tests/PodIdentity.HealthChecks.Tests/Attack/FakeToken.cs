using System.Buffers.Text;
using System.Text;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Tokens that open nothing.</summary>
internal static class FakeToken
{
    /// <summary>A moment that no test lives to see.</summary>
    public const long Expiry = 4_102_444_800;

    private const string Header = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9";

    public static string For(string clientId, int signatureBytes = 256) => WithClaims(
        $$"""{"aud":"https://management.azure.com/","appid":"{{clientId}}","oid":"{{clientId}}","exp":{{Expiry}}}""", signatureBytes);

    public static string WithClaims(string claims, int signatureBytes = 256) =>
        $"{Header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.{Opaque(signatureBytes, seed: claims.Length)}";

    public static string Opaque(int bytes, int seed)
    {
        var random = new byte[bytes];
        new Random(seed).NextBytes(random);
        return Base64Url.EncodeToString(random);
    }
}
