using Azure.Core.Pipeline;
using Azure.Identity;
using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>On a pod with an AKS identity binding: the same check, over TLS with a proxy that only the binding's CA vouches for.</summary>
public sealed class IdentityBindingTests : IAsyncLifetime
{
    private FederatedPod _pod = null!;

    public async ValueTask InitializeAsync() => _pod = await FederatedPod.StartAsync(identityBinding: true);

    public ValueTask DisposeAsync() => _pod.DisposeAsync();

    [Fact]
    public async Task The_token_comes_from_the_proxy()
    {
        var entry = await _pod.CheckAsync();

        entry.ShouldBeHealthy();
        Assert.Equal(("IdentityBinding", "IdentityBindingProxy"), (entry.Data[PodIdentityDataKeys.Mode], entry.Data[PodIdentityDataKeys.Responder]));
        Assert.Contains("WorkloadIdentityCredential with IsAzureProxyEnabled", entry.Description, StringComparison.Ordinal);
        var request = Assert.Single(_pod.Node.Requests);
        Assert.Equal((_pod.Node.Binding.ServerName, _pod.Node.Binding.ServerName), (request.ServerName, request.Headers["Host"]));
    }

    [Fact]
    public async Task A_CA_may_be_exchanged_while_the_process_runs()
    {
        await using var check = _pod.CreateCheck();
        (await check.CheckAsync()).ShouldBeHealthy();

        _pod.Node.Binding.RotateCertificateAuthority();

        (await check.CheckAsync()).ShouldBeHealthy();
    }

    [Fact]
    public void Whoever_a_CA_that_has_gone_vouched_for_is_trusted_no_more()
    {
        var options = new System.Net.Security.SslClientAuthenticationOptions();

        new HealthChecks.Tokens.BindingProxy(new Uri("https://10.0.0.1/"), _pod.Node.Binding.ServerName, "/no/such/file", CaData: null).Restrict(options);

        Assert.False(options.RemoteCertificateValidationCallback!(
            this, _pod.Node.Binding.CertificateAuthority, chain: null, System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors));
    }

    [Fact]
    public async Task Without_the_role_it_is_told_which_one_it_takes()
    {
        _pod.Node.Binding.Authorized = false;

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(TokenRejected);
        Assert.Contains("`use-managed-identity`", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_role_no_earlier_token_excuses_the_applications_own_credential()
    {
        var credential = new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions { IsAzureProxyEnabled = true, RetryPolicy = new RetryPolicy(0) });
        await using var check = CheckedPod.WithCredential(credential, time: _pod.Time);
        (await check.CheckAsync()).ShouldBeHealthy();
        _pod.Node.Binding.Authorized = false;

        (await check.CheckAsync()).ShouldFailFor(TokenRejected);
    }

    [Fact]
    public async Task Another_name_than_the_proxys_is_told_with_its_variable()
    {
        Environment.SetEnvironmentVariable("AZURE_KUBERNETES_SNI_NAME", "somebody.else.example");

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(TokenServiceError);
        Assert.Contains("AZURE_KUBERNETES_SNI_NAME", entry.Description, StringComparison.Ordinal);
        Assert.Empty(_pod.Node.Requests);
    }

    [Theory]
    [InlineData("AZURE_KUBERNETES_TOKEN_PROXY", "http://10.0.0.1/", "AZURE_KUBERNETES_TOKEN_PROXY is 'http://10.0.0.1/'")]
    [InlineData("AZURE_KUBERNETES_CA_DATA", "x", "AZURE_KUBERNETES_CA_DATA")]
    [InlineData("AZURE_KUBERNETES_CA_FILE", "/dev/null", "it is empty, or not a file")]
    public async Task Wrong_variables_are_a_reason_and_no_exception(string variable, string value, string says)
    {
        Environment.SetEnvironmentVariable(variable, value);

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(CredentialFailed);
        Assert.Contains(says, entry.Description, StringComparison.Ordinal);
        Assert.Empty(_pod.Node.Requests);
    }
}
