using System.Globalization;

namespace PodIdentity.HealthChecks.Testing.Wire;

/// <summary>A token in the shape of Entra's: real claims, and a signature that says that it is none.</summary>
internal static class Jwt
{
    private static readonly string Header = Base64Url.Encode("""{"typ":"JWT","alg":"RS256","kid":"simulated"}""");
    private static readonly string Signature = Base64Url.Encode("not a signature: this token was made by a simulator and opens nothing");

    public static string Create(SimulatedIdentity identity, string audience, DateTimeOffset issuedAt, DateTimeOffset notBefore, DateTimeOffset expires)
    {
        var strings = GoJson.Object(
            ("aud", audience),
            ("iss", $"https://sts.windows.net/{identity.TenantId}/"),
            ("appid", identity.ClientId),
            ("idtyp", "app"),
            ("oid", identity.ObjectId),
            ("sub", identity.ObjectId),
            ("tid", identity.TenantId),
            ("xms_mirid", identity.ResourceId),
            ("jti", Guid.NewGuid().ToString("N")),
            ("ver", "1.0"));
        var numbers = string.Create(
            CultureInfo.InvariantCulture,
            $",\"iat\":{issuedAt.ToUnixTimeSeconds()},\"nbf\":{notBefore.ToUnixTimeSeconds()},\"exp\":{expires.ToUnixTimeSeconds()}}}");
        return $"{Header}.{Base64Url.Encode(strings[..^1] + numbers)}.{Signature}";
    }
}
