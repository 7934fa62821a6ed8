using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PodIdentity.HealthChecks.Tests.Support;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>An answer that nobody in their right mind gives: random, a recorded one with damage, or JSON of the worst parts.</summary>
internal sealed record HostileInput(int Status, bool ToEntra, string? Server, string? ContentType, byte[] Body)
{
    private static readonly string[] Worst =
    [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "'", "\0", "\r\n", "\u001b[31m", "\u202e", "\u2028", "\ufeff", "\ud83d\ude00", "null", "1e999", "-1",
        "\\ud800", "\\u0000", "\\udc00\\ud800", "AADSTS", "AADSTS999999999", "Status Code = '429'. Response body: ", " Endpoint http",
        "Status Code = '999'.", "Multiple user assigned identities", "access_token", "error", ":\"", "\"access_token\":\"a.e30.c\",",
    ];

    /// <summary>Names that a lookup has to unescape, and cannot, among those that it looks for.</summary>
    private static readonly string[] Names =
    [
        "access_token", "Access_Token", "access\\ud800", "error", "err\\ud800", "error_description", "error_\\udc00x", "expires_on", "expires\\ud800",
        "expires_in", "client_id", "client\\ud800", "ext_expires_in", "resource", "", "\\u0061ccess_token",
    ];

    private static readonly string[] ClaimNames =
        ["appid", "ap\\ud800", "azp", "oid", "o\\udc00", "tid", "xms_mirid", "xms\\ud800", "exp", "e\\ud800", "\\u0061ppid", ""];

    private static readonly string[] Values =
    [
        "\"x\"", "\"\"", "null", "true", "5", "-5", "1e400", "9223372036854775808", "\"99999999999999999999\"", "\"1795302313\"", "253402300799", "253402300800",
        "{}", "{\"a\":[{}]}", "[]", "\"\\ud800\"", "\"line\\r\\nbreak\"", "\"\\u001b[2J\\u202e\"", "\"AADSTS70021: no\"", "\"a.e30.c\"", "\"Identity not found\"",
    ];

    public static Gen<HostileInput> Any { get; } =
        from status in Gen.OneOf(Gen.Elements(200, 200, 200, 400, 403, 404, 410, 429, 500), Gen.Choose(-1, 1100), Gen.Elements(int.MinValue, int.MaxValue))
        from toEntra in Gen.Elements(false, false, true)
        from server in Gen.Elements(null, null, "IMDS/150.870.65.1854", "azure-workload-identity/proxy/v1.6.0", "nginx", "", "\u0000\u202e")
        from type in Gen.Elements(null, "application/json", "text/plain", "text/plain; charset=\"\u0000\"", "", ";;;")
        from body in Gen.OneOf(Bytes, Damaged, Json)
        select new HostileInput(status, toEntra, server, type, body);

    public static Gen<byte[]> Bytes { get; } = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();

    public static Gen<string> Claims { get; } = Object(ClaimNames);

    private static Gen<byte[]> Json => Object(Names).Select(Encoding.UTF8.GetBytes);

    private static Gen<byte[]> Damaged =>
        from name in Gen.Elements(Recording.Names.ToArray())
        from damages in Damage.ListOf(3)
        select damages.Aggregate(Recording.Body(name), (body, damage) => damage(body));

    private static Gen<Func<byte[], byte[]>> Damage =>
        from kind in Gen.Choose(0, 4)
        from place in Gen.Choose(0, 1000)
        from length in Gen.Choose(0, 1000)
        from worst in Gen.Elements(Worst)
        from wild in Gen.Choose(0, 255)
        select (Func<byte[], byte[]>)(body =>
        {
            var at = body.Length * place / 1000;
            var end = at + ((body.Length - at) * length / 1000);
            return kind switch
            {
                0 => [.. body[..at], .. Encoding.UTF8.GetBytes(worst), .. body[at..]],
                1 => [.. body[..at], .. body[end..]],
                2 => [.. body[..end], .. body[at..]],
                3 => [.. body[..at], (byte)wild, .. body[at..]],
                _ => [.. body[..at], .. Encoding.UTF8.GetBytes(worst), .. body[end..]],
            };
        });

    public IEnumerable<HostileInput> Smaller()
    {
        for (var cut = Body.Length / 2; cut > 0; cut /= 2)
        {
            yield return this with { Body = Body[cut..] };
            yield return this with { Body = Body[..^cut] };
        }
    }

    public TokenAnswer ToAnswer() => new("http://169.254.169.254/metadata/identity/oauth2/token", ToEntra, Status, Server, ContentType);

    public HostileInput Plant(string text, int place)
    {
        var at = Body.Length * place / 1000;
        return this with { Body = [.. Body[..at], .. Encoding.UTF8.GetBytes(text), .. Body[at..]] };
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Status} {Server} {ContentType} {(ToEntra ? "Entra" : "")} {Convert.ToBase64String(Body)}");

    private static Gen<string> Object(string[] names) =>
        (from name in Gen.Elements(names) from value in Gen.Elements(Values) select $"\"{name}\":{value}")
        .ListOf()
        .Select(fields => "{" + string.Join(',', fields) + "}");
}
