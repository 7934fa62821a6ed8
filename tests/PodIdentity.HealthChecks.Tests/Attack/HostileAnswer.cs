using System.IO.Compression;
using System.Text;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>An answer to a token request as no token service gives it, and what is to be made of it.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Reason">The verdict; <see langword="null"/>: the token counts.</param>
/// <param name="Give">Gives it to a pod of the client ID that is told.</param>
internal sealed record HostileAnswer(string Name, PodIdentityFailureReason? Reason, Func<RawConnection, string, Task> Give)
{
    public const string WrongClientId = "bad0bad0-bad0-bad0-bad0-bad0bad0bad0";

    private const string Ok = "HTTP/1.1 200 OK\r\nServer: IMDS/150.870.65.1854\r\nContent-Type: application/json\r\n";
    private const string NotServed = "HTTP/1.1 404 Not Found\r\nServer: IMDS/150.870.65.1854\r\nContent-Length: 0\r\n\r\n";
    private const string Failed = "HTTP/1.1 500 Internal Server Error\r\nServer: IMDS/150.870.65.1854\r\nContent-Type: application/json\r\n";
    private const int Mebibyte = 1024 * 1024;

    private static readonly byte[] Zeros = new byte[64 * Mebibyte];
    private static readonly string Wrong = FakeToken.For(WrongClientId);

    public static IReadOnlyList<HostileAnswer> All { get; } =
    [
        new("reset when accepted", NmiUnreachable, Sync((c, _) => c.Reset())),
        Sends("reset when asked", InvalidResponse, Sync((c, _) => c.Reset())),
        Sends("reset amid the headers", InvalidResponse, async (c, _) => await Then(c.SendAsync(Ok), c.Reset)),
        Sends("reset amid the body", InvalidResponse, async (c, _) => await Then(c.SendAsync(Ok + "Content-Length: 5000\r\n\r\n{\"access_token\":"), c.Reset)),
        Sends("half-closed when asked", InvalidResponse, (c, _) => c.HalfCloseAsync()),
        Sends("half-closed amid the headers", InvalidResponse, async (c, _) => await Then(c.SendAsync(Ok), c.HalfCloseAsync)),
        Sends("half-closed amid the body", InvalidResponse, async (c, _) => await Then(c.SendAsync(Ok + "Content-Length: 5000\r\n\r\n{"), c.HalfCloseAsync)),
        Sends("half-closed amid a chunk", InvalidResponse, async (c, _) => await Then(c.SendAsync(Ok + "Transfer-Encoding: chunked\r\n\r\n1000\r\n{"), c.HalfCloseAsync)),
        Says("not HTTP", InvalidResponse, "<html>hello</html>\r\n\r\n"),
        Says("a status line without end", InvalidResponse, "HTTP/1.1 200 " + new string('O', 200_000)),
        Says("a header of 64 KiB", InvalidResponse, Ok + "X: " + new string('x', 64 * 1024) + "\r\n\r\n"),
        Says("ten thousand headers", InvalidResponse, Ok + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"X-{i}: y\r\n")) + "\r\n"),
        Says("a chunk of absurd size", InvalidResponse, Ok + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n{}"),
        Says("a chunk of negative size", InvalidResponse, Ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}"),
        Says("the largest Content-Length", InvalidResponse, Ok + "Content-Length: 9223372036854775807\r\n\r\n{}"),
        Says("a Content-Length beyond numbers", InvalidResponse, Ok + "Content-Length: 99999999999999999999\r\n\r\n{}"),
        Says("a negative Content-Length", InvalidResponse, Ok + "Content-Length: -1\r\n\r\n{}"),
        Says("two different Content-Lengths", InvalidResponse, Ok + $"Content-Length: 2\r\nContent-Length: 2000\r\n\r\n{{}}{Token(Wrong)}"),
        Says("both chunked and Content-Length", InvalidResponse, Ok + $"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n{Token(Wrong)}"),
        Says("a second answer behind the first", InvalidResponse, Ok + $"Content-Length: 2\r\n\r\n{{}}{Ok}Content-Length: {Token(Wrong).Length}\r\n\r\n{Token(Wrong)}"),

        Sends("silence", TimedOut, (c, _) => c.HangAsync()),
        Sends("headers that drip", TimedOut, (c, _) => c.DripAsync(Ok + "X-Drip: drip, drip, drip")),
        Sends("a body that drips", TimedOut, (c, _) => c.DripAsync(Ok + "Content-Length: 5000\r\n\r\n{\"access_token\":\"eyJ0eXAiOiJKV1Qi")),
        Sends("chunks that drip", TimedOut, (c, _) => c.DripAsync(Ok + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n\"\r\n")),
        Sends("100 Continue without end", InvalidResponse, (c, _) => c.SendWithoutEndAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray())),
        Says("101 Switching Protocols and no more", TimedOut, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", hangs: true),
        Sends("headers without end", InvalidResponse, async (c, _) => await Then(c.SendAsync(Ok), () => c.SendWithoutEndAsync("X: y\r\n"u8.ToArray()))),
        Sends("chunks without end", InvalidResponse, async (c, _) => await Then(
            c.SendAsync(Ok + "Transfer-Encoding: chunked\r\n\r\n"), () => c.SendWithoutEndAsync(Encoding.UTF8.GetBytes("1000\r\n" + new string('[', 4096) + "\r\n")))),
        Sends("a chunk's extension without end", TimedOut, async (c, _) => await Then(
            c.SendAsync(Ok + "Transfer-Encoding: chunked\r\n\r\n1;"), c.HangAsync)),
        Sends("a body without length and end", InvalidResponse, async (c, _) => await Then(
            c.SendAsync(Ok + "\r\n"), () => c.SendWithoutEndAsync(new byte[4096]))),
        Sends("a body of 64 MiB without length", InvalidResponse, async (c, _) => await Then(
            c.SendAsync(Ok + "\r\n"), () => c.SendAsync(Zeros))),
        Body("a gzip bomb of 64 MiB", InvalidResponse, _ => Gzip(64 * Mebibyte), "Content-Encoding: gzip\r\n"),

        Json("sixty-four KiB of brackets", InvalidResponse, _ => new string('[', 64 * 1024)),
        Json("a wrong token a thousand levels above", InvalidResponse, _ => $$"""{"a":{{new string('[', 1000)}}{{new string(']', 1000)}},{{Token(Wrong)[1..]}}"""),
        Json("a wrong token behind the right one", InvalidResponse, id => $$"""{"access_token":"{{FakeToken.For(id)}}",{{Token(Wrong)[1..]}}"""),
        Json("a wrong token before the right one", InvalidResponse, id => $$"""{"access_token":"{{Wrong}}",{{Token(FakeToken.For(id))[1..]}}"""),
        Json("a wrong token in another letter case", InvalidResponse, id => $$"""{"Access_Token":"{{Wrong}}",{{Token(FakeToken.For(id))[1..]}}"""),
        Json("a wrong token by an escaped name", InvalidResponse, id => $$"""{"\u0061ccess_token":"{{Wrong}}",{{Token(FakeToken.For(id))[1..]}}"""),
        Json("a wrong token and a comma too many", InvalidResponse, _ => $"{Token(Wrong)[..^1]},}}"),
        Json("a wrong token and a comment", InvalidResponse, _ => $"/* */{Token(Wrong)}"),
        Json("a wrong token in single quotes", InvalidResponse, _ => Token(Wrong).Replace('"', '\'')),
        Json("a wrong token and more behind it", InvalidResponse, _ => Token(Wrong) + "{}"),
        Json("a wrong token in an array", InvalidResponse, _ => $"[{Token(Wrong)}]"),
        Json("a wrong token and a name that is no string", IdentityMismatch, _ => $$"""{"access\ud800":1,{{Token(Wrong)[1..]}}"""),
        Body("a wrong token and bytes that are not UTF-8", IdentityMismatch, _ => [.. Encoding.UTF8.GetBytes(Token(Wrong)[..^1] + ",\"x\":\""), 0xff, 0xc3, .. "\"}"u8]),
        Body("a wrong token in UTF-16", InvalidResponse, _ => Encoding.Unicode.GetBytes(Token(Wrong))),
        Body("a wrong token behind a byte order mark", IdentityMismatch, _ => [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(Token(Wrong))]),
        Body("the right token behind a byte order mark", null, id => [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(Token(FakeToken.For(id)))]),
        Json("the right token in another letter case only", InvalidResponse, id => Token(FakeToken.For(id)).Replace("access_token", "ACCESS_TOKEN", StringComparison.Ordinal)),
        Json("a right token of 60 KiB", null, id => Token(FakeToken.For(id, signatureBytes: 45_000))),
        Json("a token of 65 KiB", InvalidResponse, id => Token(FakeToken.For(id, signatureBytes: 49_000))),
        Json("a token that expires beyond all calendars", InvalidResponse, id => Token(FakeToken.For(id), "99999999999999999999")),
        Json("a token that expires before time began", InvalidResponse, id => Token(FakeToken.For(id), "-62135596801")),
        Json("a token that expires at no number", InvalidResponse, id => Token(FakeToken.For(id), "tomorrow")),
        Json("a token that expires at an object", InvalidResponse, id => $$"""{"access_token":"{{FakeToken.For(id)}}","expires_on":{"a":1},"token_type":"Bearer"}"""),
        Json("a token without its expiry", InvalidResponse, id => $$"""{"access_token":"{{FakeToken.For(id)}}","token_type":"Bearer"}"""),
        Json("claims that are objects", IdentityMismatch, id => Token(FakeToken.WithClaims($$"""{"appid":{"a":"{{id}}"},"oid":["{{id}}"],"xms_mirid":5}"""))),
        Json("claims that are an array", IdentityMismatch, _ => Token(FakeToken.WithClaims("[]"))),
        Json("a claim with a line break and an escape sequence", IdentityMismatch, id => Token(FakeToken.WithClaims($$"""{"appid":"{{id}}\r\n\u001b[2Jforged: line\u202e"}"""))),
        Json("a resource ID of 10 KiB", null, id => Token(FakeToken.WithClaims($$"""{"appid":"{{id}}","xms_mirid":"/{{new string('x', 10 * 1024)}}","exp":{{FakeToken.Expiry}}}"""))),
        Json("an opaque token", IdentityMismatch, _ => Token(FakeToken.Opaque(300, seed: 5))),

        Fails("an error with line breaks, colours and bidi", TokenServiceError, "{\"error\":\"a\\r\\nfail: forged\",\"error_description\":\"\\u001b[31mred\\u202e\\u2028\\ufeff \u202egnp\"}"),
        Fails("an error in names that are no strings", TokenServiceError, "{\"err\\ud800\":1,\"error\":\"x\"}"),
        Fails("an error of a thousand levels", TokenServiceError, new string('[', 1000)),
        Sends("an error in bytes that are not UTF-8", TokenServiceError, async (c, _) =>
        {
            await c.SendAsync(Failed.Replace("application/json", "text/plain", StringComparison.Ordinal) + "Content-Length: 5\r\n\r\n");
            await c.SendAsync(new byte[] { 0xff, 0xc3, 0x28, 0x00, 0x1b });
        }),
        Says("a wait of -5 s", Throttled, Busy("-5")),
        Says("a wait of 1e99 s", Throttled, Busy("1e99")),
        Says("a wait of more seconds than there are", Throttled, Busy("99999999999999999999")),
        Says("a wait until the year 9999", Throttled, Busy("Fri, 31 Dec 9999 23:59:59 GMT")),
        Says("three waits at once", Throttled, Busy("5\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\nRetry-After: x")),
        Says("the status 999", TokenServiceError, "HTTP/1.1 999 Odd\r\nServer: IMDS/1\r\nContent-Length: 0\r\n\r\n"),
        Says("the status 099", TokenServiceError, "HTTP/1.1 099 Odd\r\nServer: IMDS/1\r\nContent-Length: 0\r\n\r\n"),
        Says("204 No Content", TokenServiceError, "HTTP/1.1 204 No Content\r\nServer: IMDS/1\r\n\r\n"),
        Says("a wrong token with 201", TokenServiceError, $"HTTP/1.1 201 Created\r\nServer: IMDS/1\r\nContent-Length: {Token(Wrong).Length}\r\n\r\n{Token(Wrong)}"),
        Says("304 Not Modified", InvalidResponse, "HTTP/1.1 304 Not Modified\r\nServer: IMDS/1\r\n\r\n"),
    ];

    public static HostileAnswer Find(string name) => All.Single(a => a.Name.Equals(name, StringComparison.Ordinal));

    public override string ToString() => Name;

    /// <summary>All that IMDS says of a token.</summary>
    private static string Token(string text, string? expiresOn = null) =>
        $$"""{"access_token":"{{text}}","expires_in":"86400","expires_on":"{{expiresOn ?? $"{FakeToken.Expiry}"}}","resource":"https://management.azure.com/","token_type":"Bearer"}""";

    private static string Busy(string wait) => $"HTTP/1.1 429 Busy\r\nServer: IMDS/1\r\nRetry-After: {wait}\r\nContent-Length: 0\r\n\r\n";

    /// <summary>To a token request; whoever asks who is there gets the answer of IMDS to that.</summary>
    private static HostileAnswer Sends(string name, PodIdentityFailureReason? reason, Func<RawConnection, string, Task> give) => new(name, reason, async (c, id) =>
    {
        var request = await c.ReadRequestAsync();
        var asksWho = request.StartsWith("GET /host/token", StringComparison.Ordinal) && !c.TakesFingerprintForToken;
        await (asksWho ? c.SendAsync(NotServed) : give(c, id));
    });

    private static HostileAnswer Says(string name, PodIdentityFailureReason? reason, string text, bool hangs = false) =>
        Sends(name, reason, async (c, _) => await Then(c.SendAsync(text), hangs ? c.HangAsync : () => Task.CompletedTask));

    private static HostileAnswer Body(string name, PodIdentityFailureReason? reason, Func<string, byte[]> body, string headers = "") => Sends(name, reason, async (c, id) =>
    {
        var bytes = body(id);
        await c.SendAsync($"{Ok}{headers}Content-Length: {bytes.Length}\r\n\r\n");
        await c.SendAsync(bytes);
    });

    private static HostileAnswer Json(string name, PodIdentityFailureReason? reason, Func<string, string> body) =>
        Body(name, reason, id => Encoding.UTF8.GetBytes(body(id)));

    private static HostileAnswer Fails(string name, PodIdentityFailureReason reason, string body) =>
        Says(name, reason, $"{Failed}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    private static Func<RawConnection, string, Task> Sync(Action<RawConnection, string> give) => (c, id) =>
    {
        give(c, id);
        return Task.CompletedTask;
    };

    private static async Task Then(Task first, Func<Task> next)
    {
        await first;
        await next();
    }

    private static async Task Then(Task first, Action next)
    {
        await first;
        next();
    }

    private static byte[] Gzip(int length)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            var block = new byte[Mebibyte];
            for (var i = 0; i < length; i += block.Length)
            {
                gzip.Write(block);
            }
        }

        return packed.ToArray();
    }
}
