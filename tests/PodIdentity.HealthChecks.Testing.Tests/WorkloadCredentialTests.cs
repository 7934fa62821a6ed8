using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>The real credentials, over TLS. They read the environment of the process, so nothing else runs meanwhile.</summary>
[Collection(nameof(WorkloadCredentialTests))]
[CollectionDefinition(nameof(WorkloadCredentialTests), DisableParallelization = true)]
public sealed class WorkloadCredentialTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly SimulatedIdentity _identity = new("app");
    private PodIdentitySimulator _simulator = null!;

    public async ValueTask InitializeAsync() =>
        _simulator = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = _clock, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task WorkloadIdentityCredential_gets_its_token(bool isPublicCloud, bool withoutDiscovery)
    {
        using var pod = Inject();
        using var variables = pod.ApplyVariables();
        var credential = new WorkloadIdentityCredential(Sent(new WorkloadIdentityCredentialOptions
        {
            AuthorityHost = isPublicCloud ? AzureAuthorityHosts.AzurePublicCloud : _simulator.Entra.Address,
            DisableInstanceDiscovery = withoutDiscovery,
        }));

        var token = await TokenOf(credential);

        Assert.Equal(_identity.ClientId, Claim(token, "appid"));
        Assert.Equal(isPublicCloud ? "login.microsoftonline.com" : "localhost", _simulator.Requests[^1].ServerName);
    }

    [Fact]
    public async Task ManagedIdentityCredential_gets_its_token_by_the_webhooks_variables()
    {
        using var pod = Inject();
        using var variables = pod.ApplyVariables();
        var credential = new ManagedIdentityCredential(Sent(new ManagedIdentityCredentialOptions(ManagedIdentityId.SystemAssigned)));

        Assert.Equal(_identity.ClientId, Claim(await TokenOf(credential), "appid"));
    }

    [Fact]
    public async Task What_Entra_refuses_is_the_credentials_exception()
    {
        using var pod = _simulator.WorkloadIdentity.Inject(_identity);
        using var variables = pod.ApplyVariables();
        var credential = new WorkloadIdentityCredential(Sent(new WorkloadIdentityCredentialOptions()));

        var exception = await Assert.ThrowsAsync<AuthenticationFailedException>(() => TokenOf(credential));

        Assert.Contains($"AADSTS70025: The client '{_identity.ClientId}' has no configured federated identity credentials.", exception.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewed_token_is_taken_from_its_file()
    {
        using var pod = Inject();
        using var variables = pod.ApplyVariables();
        await TokenOf(new WorkloadIdentityCredential(Sent(new WorkloadIdentityCredentialOptions())));
        pod.Rotate();

        await TokenOf(new WorkloadIdentityCredential(Sent(new WorkloadIdentityCredentialOptions())));

        var assertions = _simulator.Requests.Where(r => r.Method is "POST").Select(r => r.Form["client_assertion"]).ToArray();
        Assert.Equal(2, assertions.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(await File.ReadAllTextAsync(pod.TokenFile!, TestContext.Current.CancellationToken), assertions[^1]);
    }

    [Fact]
    public async Task With_a_binding_WorkloadIdentityCredential_gets_its_token_from_the_proxy_whose_CA_may_be_exchanged()
    {
        using var pod = _simulator.WorkloadIdentity.Inject(_identity, identityBinding: true);
        using var variables = pod.ApplyVariables();
        var credential = new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions { IsAzureProxyEnabled = true });
        Assert.Equal(_identity.ClientId, Claim(await TokenOf(credential), "appid"));

        _simulator.Binding.RotateCertificateAuthority();
        var another = new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions { IsAzureProxyEnabled = true });
        Assert.Equal(_identity.ClientId, Claim(await TokenOf(another), "appid"));

        Assert.All(_simulator.Requests, r => Assert.Equal((SimulatedResponder.IdentityBindingProxy, _simulator.Binding.ServerName), (r.Responder, r.ServerName)));
    }

    [Fact]
    public async Task A_bindings_token_is_nothing_to_Entra()
    {
        using var pod = _simulator.WorkloadIdentity.Inject(_identity, identityBinding: true);
        using var variables = pod.ApplyVariables();
        _simulator.Entra.AddFederatedCredential(_identity, pod.FederatedCredential with { Audience = "api://AzureADTokenExchange" });

        var exception = await Assert.ThrowsAsync<AuthenticationFailedException>(
            () => TokenOf(new WorkloadIdentityCredential(Sent(new WorkloadIdentityCredentialOptions()))));

        Assert.Contains("AADSTS700212", exception.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_variables_are_set_until_they_are_undone()
    {
        var before = Environment.GetEnvironmentVariable("AZURE_KUBERNETES_SNI_NAME");
        using var pod = _simulator.WorkloadIdentity.Inject(_identity, identityBinding: true);

        using (pod.ApplyVariables())
        {
            Assert.All(pod.Variables, v => Assert.Equal(v.Value, Environment.GetEnvironmentVariable(v.Key)));
        }

        Assert.Equal(before, Environment.GetEnvironmentVariable("AZURE_KUBERNETES_SNI_NAME"));
    }

    private static Task<AccessToken> TokenOf(TokenCredential credential) =>
        credential.GetTokenAsync(new TokenRequestContext(["https://vault.azure.net/.default"]), TestContext.Current.CancellationToken).AsTask();

    private static string? Claim(AccessToken token, string name) => new Reply(200, new Dictionary<string, string>(StringComparer.Ordinal), $$"""{"access_token":"{{token.Token}}"}""").Claim(name).GetString();

    private SimulatedWorkload Inject()
    {
        var pod = _simulator.WorkloadIdentity.Inject(_identity);
        _simulator.Entra.AddFederatedCredential(_identity, pod.FederatedCredential);
        return pod;
    }

    private TOptions Sent<TOptions>(TOptions options)
        where TOptions : ClientOptions
    {
        options.Transport = new HttpClientTransport(new HttpClient(_simulator.Entra.CreateHandler()));
        options.RetryPolicy = new RetryPolicy(maxRetries: 0);
        return options;
    }
}
