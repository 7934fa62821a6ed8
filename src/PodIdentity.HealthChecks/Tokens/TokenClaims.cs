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
        var payload = DecodePayload(token);
        if (payload is null)
        {
            return (TokenIdentity.Unverifiable, null, null);
        }

        try
        {
            using var document = JsonDocument.Parse(payload);
            if (document.RootElement.ValueKind is not JsonValueKind.Object)
            {
                return (TokenIdentity.Unverifiable, null, null);
            }

            var claims = document.RootElement;
            var identity = new TokenIdentity(
                Text(claims, "appid") ?? Text(claims, "azp"), Text(claims, "oid"), Text(claims, "tid"), Text(claims, "xms_mirid"));
            return (identity, UnixTime.Read(claims, "exp"), UnixTime.Read(claims, "iat"));
        }
        catch (JsonException)
        {
            return (TokenIdentity.Unverifiable, null, null);
        }
        finally
        {
            Array.Clear(payload);
        }
    }

    private static string? Text(JsonElement claims, string name) =>
        JsonText.FindText(claims, name) is { } text ? SafeText.Identifier(text) : null;

    private static byte[]? DecodePayload(string token)
    {
        Span<Range> parts = stackalloc Range[4];
        return token.AsSpan().Split(parts, '.') == 3 ? Base64Url.Decode(token.AsSpan(parts[1])) : null;
    }
}
