using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>Entra, asked over TLS without a credential.</summary>
public sealed class EntraTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly SimulatedIdentity _identity = new("app");
    private PodIdentitySimulator _simulator = null!;
    private SimulatedWorkload _pod = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = _clock, TestContext.Current.CancellationToken);
        _pod = _simulator.WorkloadIdentity.Inject(_identity);
    }

    public ValueTask DisposeAsync()
    {
        _pod.Dispose();
        return _simulator.DisposeAsync();
    }

    [Fact]
    public async Task A_token_is_for_the_identity_and_dated_back_by_five_minutes()
    {
        _simulator.Entra.AddFederatedCredential(_identity, _pod.FederatedCredential);

        var answer = await ExchangeAsync();

        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(200, answer.Status);
        Assert.Equal(86400, JsonElement.Parse(answer.Body).GetProperty("expires_in").GetInt64());
        Assert.Equal(
            (_identity.ClientId, _identity.ObjectId, _identity.TenantId, "https://vault.azure.net"),
            (answer.Claim("appid").GetString(), answer.Claim("oid").GetString(), answer.Claim("tid").GetString(), answer.Claim("aud").GetString()));
        Assert.Equal((now - 300, now + 86400), (answer.Claim("iat").GetInt64(), answer.Claim("exp").GetInt64()));
    }

    [Fact]
    public async Task An_identity_without_a_federated_credential_is_refused_in_Entras_own_words()
    {
        var answer = await ExchangeAsync();

        var body = JsonElement.Parse(answer.Body);
        Assert.Equal((401, "invalid_client", 70025), (answer.Status, body.GetProperty("error").GetString(), body.GetProperty("error_codes")[0].GetInt32()));
        Assert.StartsWith(
            $"AADSTS70025: The client '{_identity.ClientId}' has no configured federated identity credentials. Trace ID: ",
            body.GetProperty("error_description").GetString(),
            StringComparison.Ordinal);
        Assert.Contains(_clock.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ssZ", CultureInfo.InvariantCulture), answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://another.example/", null, null, 700211)]
    [InlineData(null, "system:serviceaccount:default:other", null, 700213)]
    [InlineData(null, "system:serviceaccount:default:APP", null, 7002138)]
    [InlineData(null, null, "api://azureadtokenexchange", 700212)]
    public async Task Issuer_subject_and_audience_are_compared_letter_by_letter(string? issuer, string? subject, string? audience, int code)
    {
        var fits = _pod.FederatedCredential;
        _simulator.Entra.AddFederatedCredential(_identity, new(issuer ?? fits.Issuer, subject ?? fits.Subject, audience ?? fits.Audience));

        Assert.Equal(code, await RefusalAsync());

        _simulator.Entra.AddFederatedCredential(_identity, fits);

        Assert.Null(await RefusalAsync());
    }

    [Fact]
    public async Task A_new_federated_credential_counts_when_it_has_arrived_and_a_deleted_one_no_more()
    {
        _simulator.Entra.PropagationDelay = TimeSpan.FromMinutes(2);
        _simulator.Entra.AddFederatedCredential(_identity, _pod.FederatedCredential);

        _clock.Advance(TimeSpan.FromSeconds(119));
        Assert.Equal(70025, await RefusalAsync());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await RefusalAsync());

        Assert.True(_simulator.Entra.RemoveFederatedCredential(_identity, _pod.FederatedCredential));
        Assert.Equal(70025, await RefusalAsync());
    }

    [Fact]
    public async Task An_identity_or_a_tenant_that_does_not_exist_is_named()
    {
        Assert.Equal(700016, await RefusalAsync(clientId: Guid.NewGuid().ToString()));
        Assert.Equal(90002, await RefusalAsync(tenant: Guid.NewGuid().ToString()));

        Assert.True(_simulator.Entra.RemoveIdentity(_identity));
        Assert.Equal(90002, await RefusalAsync());
    }

    [Theory]
    [InlineData("https://vault.azure.net", 1002012)]
    [InlineData("/.default", 1002012)]
    [InlineData("", 900144)]
    public async Task A_scope_of_another_flow_is_refused(string scope, int code) => Assert.Equal(code, await RefusalAsync(scope: scope));

    [Theory]
    [InlineData("garbage")]
    [InlineData("e30.e30.e30")]
    [InlineData("e30.W10.e30")]
    [InlineData("..")]
    public async Task What_is_no_signed_token_is_malformed(string assertion) => Assert.Equal(50027, await RefusalAsync(assertion: assertion));

    [Fact]
    public async Task A_token_is_refused_from_its_expiry_on()
    {
        _simulator.Entra.AddFederatedCredential(_identity, _pod.FederatedCredential);
        _pod.Rotates = false;

        _clock.Advance(TimeSpan.FromMinutes(60) - TimeSpan.FromSeconds(1));
        Assert.Null(await RefusalAsync());
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(700024, await RefusalAsync());
    }

    [Fact]
    public async Task A_signature_is_verified_with_the_keys_of_its_issuer()
    {
        const string Issuer = "https://oidc.of.a.real.cluster/";
        using var key = RSA.Create(2048);
        using var another = RSA.Create(2048);
        var credential = new SimulatedFederatedCredential(Issuer, "system:serviceaccount:shop:cart");
        _simulator.Entra.AddFederatedCredential(_identity, credential);
        var token = Sign(key, credential);

        Assert.Equal(90061, await RefusalAsync(assertion: token));

        _simulator.Entra.TrustIssuer(Issuer, Jwks(another));
        Assert.Equal(7000272, await RefusalAsync(assertion: token));

        _simulator.Entra.TrustIssuer(Issuer, Jwks(key));
        Assert.Null(await RefusalAsync(assertion: token));
        Assert.Equal(7000272, await RefusalAsync(assertion: token[..^8] + "AAAAAAAA"));
    }

    [Fact]
    public async Task A_cluster_may_sign_with_an_elliptic_curve()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var another = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var credential = new SimulatedFederatedCredential("https://kubernetes.default.svc", "system:serviceaccount:shop:cart");
        _simulator.Entra.AddFederatedCredential(_identity, credential);
        var token = Sign("ES256", signed => key.SignData(signed, HashAlgorithmName.SHA256), credential);

        _simulator.Entra.TrustIssuer(credential.Issuer, Jwks(another));
        Assert.Equal(7000272, await RefusalAsync(assertion: token));

        _simulator.Entra.TrustIssuer(credential.Issuer, Jwks(key));
        Assert.Null(await RefusalAsync(assertion: token));
        Assert.Equal(7000272, await RefusalAsync(assertion: token[..^8] + "AAAAAAAA"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-384","kid":"a","x":"AA","y":"AA"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA"}]}""")]
    public void What_holds_no_key_is_refused(string keys) =>
        Assert.Throws<ArgumentException>(() => _simulator.Entra.TrustIssuer("https://oidc.example/", keys));

    [Theory]
    [InlineData(50034, 400)]
    [InlineData(50196, 400)]
    [InlineData(53003, 400)]
    [InlineData(70011, 400)]
    [InlineData(70021, 400)]
    [InlineData(70023, 400)]
    [InlineData(90033, 503)]
    [InlineData(90061, 400)]
    [InlineData(500011, 400)]
    [InlineData(700211, 401)]
    public async Task Any_error_can_be_switched_on(int code, int status)
    {
        _simulator.Entra.AddFederatedCredential(_identity, _pod.FederatedCredential);
        _simulator.Entra.Error = code;

        var answer = await ExchangeAsync();

        Assert.Equal((status, code), (answer.Status, JsonElement.Parse(answer.Body).GetProperty("error_codes")[0].GetInt32()));
    }

    [Fact]
    public void An_error_that_it_does_not_know_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => _simulator.Entra.Error = 1);

    [Fact]
    public async Task Noise_refuses_its_part_in_the_same_order_each_time()
    {
        _simulator.Entra.AddFederatedCredential(_identity, _pod.FederatedCredential);
        _simulator.Entra.Noise = 0.25;

        var first = await SequenceAsync(7);
        var same = await SequenceAsync(7);
        var another = await SequenceAsync(8);

        Assert.Equal(first, same);
        Assert.NotEqual(first, another);
        Assert.InRange(first.Count(code => code is 700213), 1, first.Count - 1);
        Assert.All(first, code => Assert.True(code is null or 700213));
        Assert.Throws<ArgumentOutOfRangeException>(() => _simulator.Entra.Noise = 1.01);

        async Task<List<int?>> SequenceAsync(int seed)
        {
            _simulator.Entra.NoiseSeed = seed;
            var codes = new List<int?>();
            for (var i = 0; i < 30; i++)
            {
                codes.Add(await RefusalAsync());
            }

            return codes;
        }
    }

    [Theory]
    [InlineData(EntraFault.Throttled, 429)]
    [InlineData(EntraFault.Unavailable, 503)]
    public async Task When_to_come_back_is_said_where_it_is_set(EntraFault fault, int status)
    {
        _simulator.Entra.Fault = fault;
        Assert.False((await ExchangeAsync()).Headers.ContainsKey("Retry-After"));

        _simulator.Entra.RetryAfter = TimeSpan.FromSeconds(12.3);
        var answer = await ExchangeAsync();

        Assert.Equal((status, "13"), (answer.Status, answer.Headers["Retry-After"]));
    }

    [Theory]
    [InlineData(EntraFault.Garbage, "this is not json")]
    [InlineData(EntraFault.Empty, "")]
    [InlineData(EntraFault.NoToken, "{}")]
    public async Task A_200_need_not_be_a_token(EntraFault fault, string body)
    {
        _simulator.Entra.Fault = fault;

        var answer = await ExchangeAsync();

        Assert.Equal((200, body), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task An_Entra_that_refuses_connections_listens_again()
    {
        _simulator.Entra.AddFederatedCredential(_identity, _pod.FederatedCredential);
        _simulator.Entra.Fault = EntraFault.Refuse;
        await Assert.ThrowsAsync<HttpRequestException>(() => ExchangeAsync());

        _simulator.Entra.Fault = EntraFault.None;
        Assert.Null(await RefusalAsync());
    }

    [Fact]
    public async Task An_answer_that_is_cut_off_is_no_answer()
    {
        _simulator.Entra.AddFederatedCredential(_identity, _pod.FederatedCredential);
        _simulator.Entra.Fault = EntraFault.Truncated;

        await Assert.ThrowsAsync<HttpRequestException>(() => ExchangeAsync());
    }

    [Fact]
    public async Task A_request_that_hangs_is_seen_and_can_be_given_up()
    {
        _simulator.Entra.Fault = EntraFault.Hang;
        using var giving = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var answer = ExchangeAsync(cancellationToken: giving.Token);
        await _simulator.WhenRequests(r => r.Responder is SimulatedResponder.Entra, ct: giving.Token).OrHung();
        await giving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task A_request_is_recorded_with_its_form_and_the_name_that_it_was_made_for()
    {
        await ExchangeAsync();

        var request = Assert.Single(_simulator.Requests);
        Assert.Equal(
            (SimulatedResponder.Entra, "POST", $"/{_identity.TenantId}/oauth2/v2.0/token", "localhost"),
            (request.Responder, request.Method, request.Path, request.ServerName));
        Assert.Equal(_identity.ClientId, request.Form["client_id"]);
        Assert.Equal(await File.ReadAllTextAsync(_pod.TokenFile!, TestContext.Current.CancellationToken), request.Form["client_assertion"]);
    }

    [Fact]
    public async Task Its_metadata_lead_back_to_it()
    {
        using var client = new HttpClient(_simulator.Entra.CreateHandler());

        var metadata = await client.AskAsync(new Uri(_simulator.Entra.Address, $"{_identity.TenantId}/v2.0/.well-known/openid-configuration"));
        var keys = await client.AskAsync(new Uri(JsonElement.Parse(metadata.Body).GetProperty("jwks_uri").GetString()!));
        var unknown = await client.AskAsync(new Uri(_simulator.Entra.Address, "nobody/v2.0/.well-known/openid-configuration"));

        Assert.Equal(
            new Uri(_simulator.Entra.Address, $"{_identity.TenantId}/oauth2/v2.0/token"), new Uri(JsonElement.Parse(metadata.Body).GetProperty("token_endpoint").GetString()!));
        Assert.Equal("""{"keys":[]}""", keys.Body);
        Assert.Equal(400, unknown.Status);
    }

    [Fact]
    public async Task Nobody_trusts_it_without_its_CA()
    {
        using var client = Ask.Client();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.AskAsync(_simulator.Entra.Address));

        Assert.Empty(_simulator.Requests);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", await File.ReadAllTextAsync(_simulator.Entra.CertificateAuthorityFile, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CA_may_be_given_to_several()
    {
        await using var another = await PodIdentitySimulator.StartAsync(
            o => (o.CertificateAuthority, o.EntraHost) = (_simulator.Entra.CertificateAuthority, "entra.example"), TestContext.Current.CancellationToken);

        Assert.Equal("entra.example", another.Entra.Address.Host);
        Assert.Equal(
            await File.ReadAllTextAsync(_simulator.Entra.CertificateAuthorityFile, TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(another.Entra.CertificateAuthorityFile, TestContext.Current.CancellationToken));
        using var client = new HttpClient(another.Entra.CreateHandler());
        Assert.Equal(404, (await client.AskAsync(another.Entra.Address)).Status);
    }

    [Fact]
    public async Task A_CA_with_an_RSA_key_vouches_for_it_too()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=mkcert", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(System.Security.Cryptography.X509Certificates.X509BasicConstraintsExtension.CreateForCertificateAuthority());
        using var authority = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await using var simulator = await PodIdentitySimulator.StartAsync(o => o.CertificateAuthority = authority, TestContext.Current.CancellationToken);
        using var client = new HttpClient(simulator.Entra.CreateHandler());

        using var answer = await client.GetAsync(simulator.Entra.Address, TestContext.Current.CancellationToken);

        Assert.NotEmpty(simulator.Requests);
    }

    [Fact]
    public void A_CA_without_its_key_is_refused_at_the_start()
    {
        using var withoutKey = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(File.ReadAllText(_simulator.Entra.CertificateAuthorityFile));
        var options = new PodIdentitySimulatorOptions();

        Assert.Throws<ArgumentException>(() => options.CertificateAuthority = withoutKey);
        Assert.Throws<ArgumentException>(() => options.EntraHost = "no host");
    }

    private static string Jwks(RSA key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return $$"""{"keys":[{"use":"sig","kty":"RSA","kid":"of-a-test","alg":"RS256","n":"{{Encode(parameters.Modulus!)}}","e":"{{Encode(parameters.Exponent!)}}"}]}""";
    }

    private static string Jwks(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return $$"""{"keys":[{"use":"sig","kty":"EC","kid":"of-a-test","crv":"P-256","alg":"ES256","x":"{{Encode(point.X!)}}","y":"{{Encode(point.Y!)}}"}]}""";
    }

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private string Sign(RSA key, SimulatedFederatedCredential credential) =>
        Sign("RS256", signed => key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), credential);

    private string Sign(string algorithm, Func<byte[], byte[]> sign, SimulatedFederatedCredential credential)
    {
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        var payload = $$"""{"aud":"{{credential.Audience}}","exp":{{now + 600}},"iat":{{now}},"iss":"{{credential.Issuer}}","nbf":{{now}},"sub":"{{credential.Subject}}"}""";
        var header = $$"""{"alg":"{{algorithm}}","kid":"of-a-test"}""";
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(payload))}";
        return $"{signed}.{Encode(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private async Task<int?> RefusalAsync(string? tenant = null, string? clientId = null, string? scope = null, string? assertion = null)
    {
        var answer = await ExchangeAsync(tenant, clientId, scope, assertion);
        return answer.Status is 200 ? null : JsonElement.Parse(answer.Body).GetProperty("error_codes")[0].GetInt32();
    }

    private async Task<Reply> ExchangeAsync(
        string? tenant = null, string? clientId = null, string? scope = null, string? assertion = null, CancellationToken? cancellationToken = null)
    {
        var cancelling = cancellationToken ?? TestContext.Current.CancellationToken;
        using var client = new HttpClient(_simulator.Entra.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"),
            new("client_id", clientId ?? _identity.ClientId),
            new("scope", scope ?? "https://vault.azure.net/.default"),
            new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            new("client_assertion", assertion ?? await File.ReadAllTextAsync(_pod.TokenFile!, cancelling)),
        ]);
        using var response = await client.PostAsync(new Uri(_simulator.Entra.Address, $"{tenant ?? _identity.TenantId}/oauth2/v2.0/token"), form, cancelling);
        return new(
            (int)response.StatusCode,
            response.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase),
            await response.Content.ReadAsStringAsync(cancelling));
    }
}
