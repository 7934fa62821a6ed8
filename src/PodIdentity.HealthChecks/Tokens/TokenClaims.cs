using System.Text.Json;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Reads whose a token is from the payload of a JWT. The signature is not checked: the question is whom the token was issued for, not
/// whether to let somebody in.
/// </summary>
internal static class TokenClaims
{
    public static (TokenIdentity Identity, DateTimeOffset? ExpiresOn, DateTimeOffset? IssuedAt) Read(string token) => Read(
        token,
        claims => (
            new TokenIdentity(Text(claims, "appid") ?? Text(claims, "azp"), Text(claims, "oid"), Text(claims, "tid"), Text(claims, "xms_mirid")),
            UnixTime.Read(claims, "exp"),
            UnixTime.Read(claims, "iat")),
        (TokenIdentity.Unverifiable, null, null));

    /// <summary>Reads what a service account token says instead.</summary>
    public static FederatedTokenClaims ReadFederated(string token) => Read(
        token,
        claims => new FederatedTokenClaims(Text(claims, "iss"), Text(claims, "sub"), Audience(claims), UnixTime.Read(claims, "exp")),
        FederatedTokenClaims.None);

    private static T Read<T>(string token, Func<JsonElement, T> read, T unreadable)
    {
        using var document = Parse(token);
        return document is { RootElement: { ValueKind: JsonValueKind.Object } claims } ? read(claims) : unreadable;
    }

    /// <summary>Kubernetes writes a list of one.</summary>
    private static string? Audience(JsonElement claims) => JsonText.Find(claims, "aud") is { ValueKind: JsonValueKind.Array } list
        ? SafeText.Identifier(string.Join(' ', list.EnumerateArray().Select(JsonText.Read)))
        : Text(claims, "aud");

    private static string? Text(JsonElement claims, string name) =>
        JsonText.FindText(claims, name) is { } text ? SafeText.Identifier(text) : null;

    private static JsonDocument? Parse(string token)
    {
        Span<Range> parts = stackalloc Range[4];
        try
        {
            return token.AsSpan().Split(parts, '.') == 3 && Base64Url.Decode(token.AsSpan(parts[1])) is { } payload ? JsonDocument.Parse(payload) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
