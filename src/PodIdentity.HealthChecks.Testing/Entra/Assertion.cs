using System.Text;
using System.Text.Json;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Entra;

/// <summary>The service account's token that is to be exchanged.</summary>
internal sealed record Assertion
{
    public string Issuer { get; private init; } = "";

    public string Subject { get; private init; } = "";

    public IReadOnlyList<string> Audiences { get; private init; } = [];

    public DateTimeOffset NotBefore { get; private init; }

    public DateTimeOffset Expires { get; private init; }

    public string KeyId { get; private init; } = "";

    public byte[] SignedPart { get; private init; } = [];

    public byte[] Signature { get; private init; } = [];

    /// <returns><see langword="null"/> when it is no JWT signed with RS256 or ES256.</returns>
    public static Assertion? Read(string token)
    {
        if (token.Trim().Split('.') is not [var header, var payload, var signature]
            || Parse(header) is not { } head
            || Parse(payload) is not { } claims
            || Base64Url.Decode(signature) is not { } signed
            || Text(head, "alg") is not ("RS256" or "ES256"))
        {
            return null;
        }

        return new Assertion
        {
            Issuer = Text(claims, "iss"),
            Subject = Text(claims, "sub"),
            Audiences = AudiencesOf(claims),
            NotBefore = Time(claims, "nbf"),
            Expires = Time(claims, "exp"),
            KeyId = Text(head, "kid"),
            SignedPart = Encoding.ASCII.GetBytes($"{header}.{payload}"),
            Signature = signed,
        };
    }

    private static JsonElement? Parse(string part)
    {
        if (Base64Url.Decode(part) is not { } json)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind is JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";

    private static DateTimeOffset Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var seconds) && Math.Abs(seconds) < 1L << 37
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.UnixEpoch;

    /// <summary>Kubernetes writes a list.</summary>
    private static string[] AudiencesOf(JsonElement claims) =>
        !claims.TryGetProperty("aud", out var value) ? []
        : value.ValueKind is JsonValueKind.Array ? [.. value.EnumerateArray().Select(a => $"{a}")]
        : [$"{value}"];
}
