using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tests.Support;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Texts that may hold a secret are withheld whole, and ordinary ones are shown as they are.</summary>
public sealed class HiddenTokenTests
{
    private const string Id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    private const string Alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string ShortJwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.";
    private const string ArmId = $"/subscriptions/{Id}/resourceGroups/MC_Rg-Identity-Prod_AKS01_westeurope/providers/Microsoft.ManagedIdentity/userAssignedIdentities/";

    private static readonly string Jwt = FakeToken.For(Id);
    private static readonly string Opaque = FakeToken.Opaque(300, seed: 8);
    private static readonly string Base64 = Convert.ToBase64String(Enumerable.Range(0, 600).Select(i => (byte)(i * 37)).ToArray());
    private static readonly string Hex = Convert.ToHexString(Encoding.UTF8.GetBytes(Opaque[..40]));

    public static TheoryData<string, string> Secret => new()
    {
        { "in a header", $"Authorization: Bearer {Jwt}" },
        { "in JSON of JSON", $$"""{\"access_token\":\"{{Jwt}}\"}""" },
        { "in a query", $"http://h/?assertion={Jwt}&x=1" },
        { "in a path", $"http://h/some/path/of/lower/case/words/that/is/long/enough/to/hide/in/{Jwt}/x" },
        { "without an end", $"error {Jwt[..30]}" },
        { "without its header", $"error {Jwt[(Jwt.IndexOf('.', StringComparison.Ordinal) + 1)..]}" },
        { "only its signature", $"error {Jwt[(Jwt.LastIndexOf('.') + 1)..]}" },
        { "the shortest one", $"error {ShortJwt}" },
        { "the shortest one in pieces", $"error {Pieces(ShortJwt, 5, " ")}" },
        { "with invisible marks inside", $"secret: {Pieces(Jwt, 30, "\u200b")}" },
        { "with invisible marks throughout", $"secret: {Pieces(Jwt, 1, "\u200d")}" },
        { "in single characters", Pieces(Jwt, 1, " ") },
        { "in pieces of 3", Pieces(Jwt, 3, "-") },
        { "in pieces of 4", Pieces(Jwt, 4, "\0") },
        { "in pieces of 10", Pieces(Jwt, 10, " ") },
        { "in pieces of 16, as a sum", Pieces(Jwt, 16, "\" + \"") },
        { "in pieces of 8, as escaped lines", Pieces(Jwt, 8, "\\r\\n") },
        { "in pieces of 12, as lines of HTML", Pieces(Jwt, 12, "<br>") },
        { "in pieces of 20", Pieces(Jwt, 20, "\r\n") },
        { "in pieces of 32", Pieces(Jwt, 32, "\n") },
        { "in pieces of 76", Pieces(Jwt, 76, "\n ") },
        { "percent-encoded", Uri.EscapeDataString(Base64) },
        { "percent-encoded throughout", Percent(Jwt) },
        { "percent-encoded twice", Uri.EscapeDataString(Percent(Jwt)) },
        { "percent-encoded lines", Uri.EscapeDataString(Pieces(Jwt, 10, "\r\n")) },
        { "base64", $"secret: {Base64}" },
        { "base64 behind a path", $"https://h/v1/{Base64}" },
        { "base64 of the url alphabet", $"secret={Opaque}" },
        { "base64 of 256 bits", "key 'k1Zt9QvX2mB7wR4nL8sD0fJ6hG3yUaPcEoViTqWxNbM='" },
        { "base64 in pieces", Pieces(Opaque, 10, " | ") },
        { "base64 of a JWT", Convert.ToBase64String(Encoding.UTF8.GetBytes(Jwt)) },
        { "hexadecimal", $"key {Hex}" },
        { "hexadecimal in small letters", $"key {Hex.ToLowerInvariant()[..40]}" },
        { "hexadecimal of 128 bits", "Ocp-Apim-Subscription-Key: 0f1e2d3c4b5a69788796a5b4c3d2e1f0" },
        { "a hexadecimal JWT", Convert.ToHexString(Encoding.UTF8.GetBytes(Jwt)) },
        { "a client secret", "client secret 'Zx4~9qLmT2vBn8RkWc7YpJd3FhGs5AeUo1Ixz' is wrong" },
        { "a client secret of the newer kind", "client_secret=q7w8Q~Vb3nM5kL9jH2gF4dS6aP8oI1uY0tRe.WqZx_cC-x" },
        { "a percent-encoded client secret", "client_secret=q7w8Q%7EVb3nM5kL9jH2gF4dS6aP8oI1uY0tRe.WqZx_cC-x" },
        { "a client secret in pieces", "secret q7w8Q~Vb3nM5kL9jH2gF\n4dS6aP8oI1uY0tRe.WqZx_cC-x" },
        { "a private key", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7" },
        { "a connection string", $"AccountName=x;AccountKey={Base64[..86]}==" },
        { "a refresh token", "refresh_token 1.AVcAq9lZ3mXk-0eQzB7tYpRw5jH2vNcKf8sD4gUa_AQ.AgABAwEAAADnfolhJpSnRYB1SVj" },
        { "a signed address", "https://x.blob.core.windows.net/c?sv=2026-01-01&sig=q%2B7wR4nL8sD0fJ6hG3yUaPc%2FoViTqWxNbMk1Zt9QvX2m%3D" },
        { "across the end of what is shown", $"{Pieces(new string('a', 280), 7, " ")}{Opaque}" },
        { "behind nothing but white space", $"{new string(' ', 5000)}{Opaque}" },
    };

    public static TheoryData<string> Ordinary =>
    [
        $"client ID {Id}",
        $"CLIENT ID {Id.ToUpperInvariant()} IS UNKNOWN, and in {ArmId}{Id.ToUpperInvariant()}",
        $"{ArmId}id-a",
        $"{ArmId}{new string('n', 64)}",
        $"{ArmId}Contoso-Payments-Identity-Production-WestEurope-AKS-K8s-IPv4-01",
        $"{ArmId}myCompanyHrIdentityForPaymentsInProduction2026WestEuropeCluster1",
        $"managed by {ArmId}x/federatedIdentityCredentials/aks_K8s-Prod",
        $"pod default/{new string('a', 253)}",
        $"pod {string.Join('.', Enumerable.Repeat("a-service-with-a-long-name-7f9d8c6b5-x2x7z", 6))[..253]} failed",
        "pod default/a-service-with-a-really-long-name-7f9d8c6b5-x2x7z failed",
        "pod airflow/extract-orders-6f9619ff8b86d011b42d00c04fc964ff failed",
        "node aks-nodepool1-41826183-vmss00000a, volume pvc-6f9619ff-8b86-d011-b42d-00c04fc964ff, namespace kube-system",
        "POST https://login.microsoftonline.com/7e4a9d1c-5b0f-4c3e-8a26-1f9d3c5b7e02/oauth2/v2.0/token",
        "dial tcp 169.254.169.254:80: connect: connection refused",
        "read tcp [2001:0db8:85a3:0000:0000:8a2e:0370:7334]:41826->[fd00:0000:0000:0000:a8c1:abff:fe21:9d3e]:443: i/o timeout",
        "getting assigned identities for pod default/web in CREATED state failed after 16 attempts, retry duration [5]s, error: <nil>. Check MIC pod logs",
        "failed to get service principal token, error: adal: Refresh request failed. Status Code = '400'. Response body: {\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}",
        "adal: Failed to execute the refresh request. Error = 'Get \"http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&client_id=aaaaaaaa-1111-2222-3333-444444444444&resource=https%3A%2F%2Fmanagement.azure.com%2F\": dial tcp 169.254.169.254:80: connect: connection refused'",
        "Get \"http://169.254.169.254/metadata/identity/oauth2/token?mi_res_id=%2Fsubscriptions%2F00000000-0000-0000-0000-0000000000aa%2FresourceGroups%2Frg%2Fproviders%2FMicrosoft.ManagedIdentity%2FuserAssignedIdentities%2Fid-a\": EOF",
        "invalid_client: AADSTS700016: Application with identifier '6f9619ff-8b86-d011-b42d-00c04fc964ff' was not found in the directory 'Contoso Ltd'. Trace ID: 255d1aef-8c98-452f-ac51-23d051240864 Correlation ID: fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7 Timestamp: 2026-11-21 02:02:12Z",
        "unauthorized_client: AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:payments:workload-identity-sa'. https://learn.microsoft.com/entra/workload-id/workload-identity-federation Trace ID: 255d1aef-8c98-452f-ac51-23d051240864",
        "AADSTS700211: No matching federated identity record found for presented assertion issuer 'https://westeurope.oic.prod-aks.azure.com/c90ea95b-aead-4931-b72e-f3e703fc342b/85ee619b-d637-4610-bacd-d4c64ff20348/'. Assertion Audience: 'api://AzureADTokenExchange'.\\r\\nTrace ID: 72348f3f-7ab2",
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '6f9619ff-8b86-d011-b42d-00c04fc964ff'.",
        "AADSTS700024: Client assertion is not within its valid time range. Current time: 2026-11-21T12:00:00.1234567Z, assertion valid from 2026-11-21T10:00:00.0000000Z, expiry time of assertion 2026-11-21T11:00:00.0000000Z.",
        "AADSTS500011: The resource principal named api://6f9619ff-8b86-d011-b42d-00c04fc964ff/Contoso.Payments.WebAPI was not found in the tenant named contoso.onmicrosoft.com.",
        "clientID in request: aaaa##### REDACTED #####4444, default/web-874c54fb4-nslgz has been matched with azure identity default/id-a",
        "System.Net.Http.HttpRequestException: Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckService failed: NpgsqlConnectionFactory, RabbitMQ 3.13 (amd64)",
        "image web:1.18.0-6ubuntu14.4~deb12u1, configmap/appsettings~backup.json in /home/user/.azure, C:\\Packages\\Plugins\\Microsoft.ManagedIdentity.ManagedIdentityExtensionForWindows\\1.0.0.12",
        $"match failed, ip:10.244.1.5 matching pods:[{{{{ }} {{web-874c54fb4-nslgz web-874c54fb4- default  {Id} 41826183 0 2026-11-21 12:00:00 +0000 UTC <nil> <nil> map[app:web pod-template-hash:874c54fb4] [{{apps/v1 ReplicaSet web-874c54fb4 {Id} 0xc000716c2e 0xc000716c2f}}]".Replace("  ", " ", StringComparison.Ordinal),
        "IPv4 and IPv6: 10.0.0.1/16, MTU 1500 (eth0), TLSv1.3, OAuth2, x64, 0xc000123456, e2e, T-SQL, 4XX/5XX, KiB/MiB/GiB",
        "The key JSON of the survey January is malformed. They Just failed: try again later, or see the documentation of this service.",
        "runtime error: index out of range [0] with length 0; 1795215614 1795302313 86399; 100 %; 5 %2 50%off",
        "Größe überschritten – naïve café, 名前が見つかりません 😀",
    ];

    public static TheoryData<string> Recorded => [.. Recording.Names.Where(n => !Encoding.UTF8.GetString(Recording.Body(n)).Contains("access_token", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Secret))]
    public void A_text_that_may_hold_a_secret_is_withheld(string hideout, string text)
    {
        Assert.True(SafeText.ForPeople(text) is SafeText.Withheld, hideout);
        Assert.True(SafeText.ForPeople($"The server said: {text} and more. Repeat the request, or see the log.") is SafeText.Withheld, hideout);
    }

    [Theory]
    [MemberData(nameof(Ordinary))]
    public void An_ordinary_text_is_shown(string text) => Assert.Equal(text, SafeText.ForPeople(text, text.Length));

    [Theory]
    [MemberData(nameof(Recorded))]
    public void What_NMI_and_IMDS_said_is_shown(string name)
    {
        var text = Encoding.UTF8.GetString(Recording.Body(name)).TrimEnd();

        Assert.Equal(text, SafeText.ForPeople(text, text.Length));
        Assert.False(Recording.Read(name).Text is SafeText.Withheld);
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_verdict_on_what_NMI_and_IMDS_said_is_shown(string name)
    {
        var seen = new Observation { Token = Recording.Read(name), At = Recording.When, Selector = $"resource ID {ArmId}id-a" };

        var verdict = Verdict.Of(seen, FailureTable.Read(seen), HealthStatus.Unhealthy, TimeSpan.Zero);

        Assert.Equal(verdict.Description, SafeText.ForPeople(verdict.Description, 2000));
    }

    [Fact]
    public void A_JWT_in_pieces_of_any_length_is_withheld() => Always.Holds(
        from claims in HostileInput.Claims
        from lengths in Gen.Choose(1, 30).NonEmptyListOf().Select(l => l.ToArray())
        from separator in Gen.Elements(" ", "\n", "\r\n", "\t", "-", "_", ".", ", ", "\", \"", "' + '", "|", "\u200b", "\u202e", "\0", "é", "%20", "%0A", "%250D%250A")
        from before in Gen.Elements("", "Bearer ", "access_token=", "the key ", "{\"t\":\"")
        select before + Fold(FakeToken.WithClaims(claims), lengths, separator),
        text =>
        {
            Assert.Equal(SafeText.Withheld, SafeText.ForPeople(text));
            Assert.Equal(SafeText.Withheld, SafeText.Identifier(text));
        });

    [Fact]
    public void No_20_characters_of_a_random_secret_are_shown() => Always.Holds(
        from secret in Gen.OneOf(Random(Alphanumerics + "-_", 43, 400), Random(Alphanumerics + "+/", 43, 400), Random("0123456789abcdef", 40, 128), ClientSecrets)
        from piece in Gen.Choose(20, 400)
        from separator in Gen.Elements(" ", "\n", "\\n", "<br>", "\u200b")
        from before in Gen.Elements("", "key=", "the secret '", "/a/path/to/", new string('x', 250) + " ", new string('\n', 900), string.Concat(Enumerable.Repeat("word ", 57)))
        from after in Gen.Elements("", "'", " is wrong, try again", "&api-version=1.0")
        select (Secret: secret, Text: before + Fold(secret, [piece], separator) + after),
        x => Assert.Null(new TokenWindows(x.Secret).FindIn(SafeText.ForPeople(x.Text))));

    [Fact]
    public void A_text_of_ordinary_words_and_names_is_shown() => Always.Holds(
        from words in Gen.Elements(
            "AADSTS700016:", "Application", "IMDS", "NMI", Id, $"'{Id.ToUpperInvariant()}'", "a-service-7f9d8c6b5-x2x7z", "fd00::a8c1:abff:fe21:9d3e", "2026-11-21T12:00:00.1234567Z",
            "userAssignedIdentities", "Microsoft.ManagedIdentity", "AzurePodIdentityException", "https://login.microsoftonline.com/common/oauth2/v2.0/token", "IPv4", "K8s", "OAuth2",
            "MC_Rg_Aks_westeurope", "aks-nodepool1-41826183-vmss00000a", "https%3A%2F%2Fmanagement.azure.com%2F", "CREATED", "x64", "clientID", "v1.8.17", "sh.helm.release.v1.web.v12").NonEmptyListOf()
        from separator in Gen.Elements(" ", ", ", "; ", "/", "' '")
        select string.Join(separator, words),
        text => Assert.Equal(text, SafeText.ForPeople(text, text.Length)));

    [Theory]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.abc.def")]
    [InlineData("/subscriptions/eyJhbGciOiJSUzI1NiJ9/x")]
    [InlineData("/subscriptions/eyJh-bGci-OiJS-UzI1-NiJ9/x")]
    [InlineData("eyJhbGci%4FiJSUzI1NiJ9")]
    public void A_token_is_no_identifier(string text) => Assert.Equal(SafeText.Withheld, SafeText.Identifier(text));

    [Theory]
    [InlineData("/subscriptions/x/resourceGroups/keyJobs-of-the-whole-department")]
    [InlineData("k1Zt9QvX2mB7wR4nL8sD0fJ6hG3yUaPcEoViTqWxNbM=")]
    [InlineData("0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0")]
    [InlineData("/shared volume/identity~")]
    public void Anything_else_may_be_an_identifier(string text) => Assert.Equal(text, SafeText.Identifier(text));

    [Fact]
    public void A_token_in_the_claims_of_another_is_withheld()
    {
        var identity = TokenClaims.Read(FakeToken.WithClaims($$"""{"appid":"{{Jwt}}","xms_mirid":"/subscriptions/{{Jwt}}/x"}""")).Identity;

        Assert.Equal((SafeText.Withheld, SafeText.Withheld), (identity.ClientId, identity.ResourceId));
    }

    [Fact]
    public void An_identifier_with_invisible_marks_is_not_the_one_that_it_looks_like()
    {
        var identity = TokenClaims.Read(FakeToken.WithClaims("""{"oid":"6f9619ff-8b86-d011-b42d-00c04fc964ff\u200b"}""")).Identity;

        Assert.NotNull(new Expectation { ObjectId = Id }.FindMismatch(identity));
    }

    [Fact]
    public void What_an_answer_means_is_known_even_where_its_text_is_withheld()
    {
        var answer = new TokenAnswer("http://h/t", ToEntra: false, 404, ContentType: "text/plain");
        var exchange = TokenAnswerReader.Read(answer, Encoding.UTF8.GetBytes($"no azure identity found for {Jwt}"), DateTimeOffset.UnixEpoch);

        Assert.Equal((SafeText.Withheld, KnownAnswer.NoIdentityFound), (exchange.Text, exchange.Known));
        Assert.DoesNotContain("eyJ", exchange.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_wait_is_longer_than_anybody_would_wait()
    {
        var answer = new TokenAnswer("http://h/t", ToEntra: false, 429, RetryAfter: TimeSpan.FromDays(8000 * 365));

        var wait = TokenAnswerReader.Read(answer, Encoding.UTF8.GetBytes("{}"), DateTimeOffset.UnixEpoch).RetryAfter;

        Assert.Equal(TimeSpan.FromHours(1), wait);
    }

    private static Gen<string> ClientSecrets =>
        from head in Random(Alphanumerics, 3, 5) from tail in Random(Alphanumerics + "._-", 34, 34) select $"{head}~{tail}";

    private static Gen<string> Random(string characters, int min, int max) =>
        from length in Gen.Choose(min, max)
        from text in Gen.Elements(characters.ToCharArray()).ArrayOf(length)
        select new string(text);

    private static string Pieces(string text, int length, string separator) => Fold(text, [length], separator);

    private static string Fold(string text, int[] lengths, string separator)
    {
        var folded = new StringBuilder();
        for (int i = 0, at = 0; at < text.Length; at += lengths[i++ % lengths.Length])
        {
            folded.Append(at == 0 ? "" : separator).Append(text, at, Math.Min(lengths[i % lengths.Length], text.Length - at));
        }

        return folded.ToString();
    }

    private static string Percent(string text) => string.Concat(text.Select(c => $"%{(int)c:X2}"));
}
