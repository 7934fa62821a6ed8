using System.Text.Json;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Reads whose a token is from the payload of a JWT. The signature is not checked: the question is whom the token was issued for, not
/// whether to let somebody in.
/// </summary>
internal static class TokenClaims
{
    public static (TokenIdentity Identity, DateTimeOffset? ExpiresOn, DateTimeOffset? IssuedAt) Read(string token)
    {
        using var document = Parse(token);
        if (document is not { RootElement: { ValueKind: JsonValueKind.Object } claims })
        {
            return (TokenIdentity.Unverifiable, null, null);
        }

        var identity = new TokenIdentity(
            Text(claims, "appid") ?? Text(claims, "azp"), Text(claims, "oid"), Text(claims, "tid"), Text(claims, "xms_mirid"));
        return (identity, UnixTime.Read(claims, "exp"), UnixTime.Read(claims, "iat"));
    }

    /// <returns>What a federated credential is compared with, letter by letter.</returns>
    public static string? DescribeFederation(string token)
    {
        using var document = Parse(token);
        if (document is not { RootElement: { ValueKind: JsonValueKind.Object } claims })
        {
            return null;
        }

        var audience = JsonText.Find(claims, "aud");
        var first = audience.ValueKind is JsonValueKind.Array && audience.GetArrayLength() > 0 ? audience[0] : audience;
        return $"issuer `{Text(claims, "iss")}`, subject `{Text(claims, "sub")}`, audience `{SafeText.Identifier(JsonText.Read(first) ?? string.Empty)}`";
    }

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
