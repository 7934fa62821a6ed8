using System.Text;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tests.Support;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Tokens;

/// <summary>What is read from answers, honest and hostile.</summary>
public sealed class TokenAnswerReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Claims_say_whose_the_token_is()
    {
        var token = Jwt("""{"appid":"A","oid":"O","tid":"T","xms_mirid":"/subscriptions/s","exp":1795302313}""");

        var facts = Token($$"""{"access_token":"{{token}}","token_type":"Bearer"}""");

        Assert.Equal(new TokenIdentity("A", "O", "T", "/subscriptions/s"), facts!.Identity);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1795302313), facts.ExpiresOn);
    }

    [Fact]
    public void A_version_2_token_names_its_client_in_azp() =>
        Assert.Equal("A", Token($$"""{"access_token":"{{Jwt("""{"azp":"A"}""")}}"}""")!.Identity.ClientId);

    [Theory]
    [InlineData("""{"access_token":"t","expires_on":"1795302313"}""", 1795302313)]
    [InlineData("""{"access_token":"t","expires_on":1795302313}""", 1795302313)]
    [InlineData("""{"access_token":"t","expires_in":"3600"}""", 1795262400 + 3600)]
    [InlineData("""{"access_token":"t","expires_in":3600}""", 1795262400 + 3600)]
    public void Expiry_is_a_time_or_a_duration_a_number_or_a_string(string body, long expected) =>
        Assert.Equal(expected, Token(body)!.ExpiresOn!.Value.ToUnixTimeSeconds());

    [Theory]
    [InlineData(1795302313, 1795302314)]
    [InlineData(1795302314, 1795302313)]
    public void A_token_expires_when_it_says_so_or_when_the_answer_does_whichever_is_earlier(long told, long claimed) => Assert.Equal(
        1795302313,
        Token($$"""{"access_token":"{{Jwt($$"""{"exp":{{claimed}}}""")}}","expires_on":{{told}}}""")!.ExpiresOn!.Value.ToUnixTimeSeconds());

    [Theory]
    [InlineData("""{"access_token":"t","expires_on":"99999999999999999999"}""")]
    [InlineData("""{"access_token":"t","expires_on":-1}""")]
    [InlineData("""{"access_token":"t","expires_in":1e300}""")]
    [InlineData("""{"access_token":"t","expires_in":9223372036854775807}""")]
    [InlineData("""{"access_token":"t","expires_on":{"a":1}}""")]
    [InlineData("""{"access_token":"t"}""")]
    public void An_absurd_expiry_is_no_expiry(string body) => Assert.Null(Token(body)!.ExpiresOn);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""[{"access_token":"t"}]""")]
    [InlineData("""{"access_token":""}""")]
    [InlineData("""{"access_token":" "}""")]
    [InlineData("""{"access_token":"one\r\ntwo"}""")]
    [InlineData("""{"access_token":null}""")]
    [InlineData("""{"access_token":5}""")]
    [InlineData("""{"access_token":"\ud800"}""")]
    [InlineData("""{"access_token":"one","access_token":"other"}""")]
    [InlineData("""{"access_token":"one","Access_Token":"other"}""")]
    [InlineData("<html>")]
    public void Anything_else_holds_no_token(string body) => Assert.Null(Token(body));

    [Theory]
    [InlineData("opaque")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d.e")]
    [InlineData("a.!!!.c")]
    [InlineData("a..c")]
    [InlineData("a.W10.c")]
    public void A_token_that_is_no_JWT_is_unverifiable(string token) =>
        Assert.False(Token($$"""{"access_token":"{{token}}"}""")!.Identity.IsVerifiable);

    [Fact]
    public void Of_a_200_without_a_token_no_word_is_kept_since_it_may_be_a_token_in_disguise()
    {
        var exchange = Read(200, "some-opaque-token", contentType: "text/plain");

        Assert.Null(exchange.Token);
        Assert.Null(exchange.Text);
    }

    [Fact]
    public void Of_an_error_only_the_error_is_kept()
    {
        var exchange = Read(500, """{"access_token":"opaque","error":"unknown","error_description":"it broke"}""");

        Assert.Equal("unknown: it broke", exchange.Text);
    }

    [Fact]
    public void A_text_is_one_line_and_is_withheld_where_it_may_hold_a_secret()
    {
        const string Text = "one\r\ntwo\u2028three four \u001b[31mred \u202egnp";

        Assert.Equal("one two three four [31mred \ufffdgnp", Read(500, Text, contentType: "text/plain").Text);
        Assert.Equal(SafeText.Withheld, Read(500, Text + Jwt("""{"appid":"A"}"""), contentType: "text/plain").Text);
    }

    [Fact]
    public void Texts_are_cut() => Assert.InRange(Read(500, new string('x', 60_000), contentType: "text/plain").Text!.Length, 1, 301);

    [Theory]
    [InlineData(200, "IMDS/150.870.65.1854", """{"access_token":"t"}""", PodIdentityResponder.Imds)]
    [InlineData(429, "IMDS/150.870.65.1854", "", PodIdentityResponder.Imds)]
    [InlineData(500, "azure-workload-identity/proxy/v1.6.0 (linux/amd64)", "AADSTS70021", PodIdentityResponder.WorkloadIdentityProxy)]
    [InlineData(200, null, """{"access_token":"t","client_id":"x"}""", PodIdentityResponder.Unknown)]
    [InlineData(200, null, """{"access_token":"t","expires_in":5}""", PodIdentityResponder.Unknown)]
    [InlineData(200, null, """{"access_token":"t","expires_in":"5"}""", PodIdentityResponder.Nmi)]
    [InlineData(200, "nginx", """{"access_token":"t","expires_in":"5"}""", PodIdentityResponder.Unknown)]
    [InlineData(404, "nginx", "", PodIdentityResponder.Unknown)]
    [InlineData(200, "envoy", """{"access_token":"t","client_id":"x","ext_expires_in":"5"}""", PodIdentityResponder.Imds)]
    [InlineData(400, "envoy", """{"error":"invalid_request","error_description":"Identity not found"}""", PodIdentityResponder.Imds)]
    [InlineData(503, "envoy", "", PodIdentityResponder.Unknown)]
    [InlineData(204, null, "", PodIdentityResponder.Unknown)]
    [InlineData(404, null, "404 page not found", PodIdentityResponder.Unknown)]
    [InlineData(999, null, "{}", PodIdentityResponder.Unknown)]
    public void The_responder_is_told_by_header_and_shape(int status, string? server, string body, PodIdentityResponder responder) =>
        Assert.Equal(responder, Read(status, body, server: server).Responder);

    [Fact]
    public void What_a_mesh_words_by_itself_is_nobodys_answer() =>
        Assert.Equal(
            PodIdentityResponder.Unknown, Read(503, "upstream connect error or disconnect/reset before headers", "text/plain", server: "envoy").Responder);

    private static TokenFacts? Token(string body) => Read(200, body).Token;

    private static TokenExchange Read(int status, string body, string contentType = "application/json", string? server = null) =>
        TokenAnswerReader.Read(new TokenAnswer("http://h/t", ToEntra: false, status, server, contentType), Encoding.UTF8.GetBytes(body), Now);

    private static string Jwt(string payload) => $"eyJhbGciOiJub25lIn0.{Base64Url(payload)}.c2ln";

    private static string Base64Url(string text) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
