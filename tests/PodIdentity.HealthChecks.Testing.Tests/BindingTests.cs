using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>The proxy of an identity binding, asked over TLS without a credential.</summary>
public sealed class BindingTests : IAsyncLifetime
{
    private readonly SimulatedIdentity _identity = new("app");
    private PodIdentitySimulator _simulator = null!;
    private SimulatedWorkload _pod = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        _pod = _simulator.WorkloadIdentity.Inject(_identity, identityBinding: true);
    }

    public ValueTask DisposeAsync()
    {
        _pod.Dispose();
        return _simulator.DisposeAsync();
    }

    [Fact]
    public async Task It_takes_no_federated_credential()
    {
        var answer = await ExchangeAsync();

        Assert.Equal((200, _identity.ClientId), (answer.Status, answer.Claim("appid").GetString()));
    }

    [Fact]
    public async Task A_token_for_Entra_is_nothing_to_it()
    {
        using var another = _simulator.WorkloadIdentity.Inject(_identity);

        Assert.Equal((401, 700212), Refused(await ExchangeAsync(pod: another)));
    }

    [Fact]
    public async Task Without_the_role_it_answers_403_and_names_who_may_not_what()
    {
        _simulator.Binding.Authorized = false;

        var answer = await ExchangeAsync();

        Assert.Equal(403, answer.Status);
        Assert.Contains("system:serviceaccount:default:app cannot use-managed-identity", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("AADSTS", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entras_errors_come_through_it()
    {
        _simulator.Entra.Error = 53003;

        Assert.Equal((400, 53003), Refused(await ExchangeAsync()));
    }

    [Fact]
    public async Task Another_name_leads_to_the_API_server_whose_certificate_is_for_that()
    {
        await Assert.ThrowsAsync<HttpRequestException>(() => ExchangeAsync(name: "somebody.else.example"));
        Assert.Empty(_simulator.Requests);

        Assert.Equal(401, (await ExchangeAsync(name: "kubernetes.default.svc")).Status);
    }

    [Fact]
    public async Task After_its_CA_was_exchanged_only_the_new_one_vouches_for_it()
    {
        var before = _simulator.Binding.CertificateAuthority;
        var file = await File.ReadAllTextAsync(_simulator.Binding.CertificateAuthorityFile, TestContext.Current.CancellationToken);
        Assert.Equal(200, (await ExchangeAsync()).Status);

        _simulator.Binding.RotateCertificateAuthority();

        await Assert.ThrowsAsync<HttpRequestException>(() => ExchangeAsync(trusted: before));
        Assert.Equal(200, (await ExchangeAsync()).Status);
        Assert.NotEqual(
            file, await File.ReadAllTextAsync(_simulator.Binding.CertificateAuthorityFile, TestContext.Current.CancellationToken), StringComparer.Ordinal);
    }

    private static (int Status, int Code) Refused(Reply answer) => (answer.Status, JsonElement.Parse(answer.Body).GetProperty("error_codes")[0].GetInt32());

    private async Task<Reply> ExchangeAsync(string? name = null, SimulatedWorkload? pod = null, X509Certificate2? trusted = null)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, TrustMode = X509ChainTrustMode.CustomRootTrust };
        policy.CustomTrustStore.Add(trusted ?? _simulator.Binding.CertificateAuthority);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
        });
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"),
            new("client_id", _identity.ClientId),
            new("scope", "https://vault.azure.net/.default"),
            new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            new("client_assertion", await File.ReadAllTextAsync((pod ?? _pod).TokenFile!, TestContext.Current.CancellationToken)),
        ]);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_simulator.Binding.Address, $"{_identity.TenantId}/oauth2/v2.0/token")) { Content = form };
        request.Headers.Host = name ?? _simulator.Binding.ServerName;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return new((int)response.StatusCode, new Dictionary<string, string>(StringComparer.Ordinal), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
