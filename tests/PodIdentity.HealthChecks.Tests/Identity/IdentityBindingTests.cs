using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>On a pod with an AKS identity binding: the same check, over TLS with a proxy that only the binding's CA vouches for.</summary>
public sealed class IdentityBindingTests : IAsyncLifetime
{
    private readonly Dictionary<string, string?> _before = new(StringComparer.Ordinal);
    private EntraServer _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _proxy = await EntraServer.StartAsync(TestContext.Current.CancellationToken);
        foreach (var (name, value) in _proxy.Binding().Where(v => v.Item1.StartsWith("AZURE_", StringComparison.Ordinal)))
        {
            Set(name, value);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task The_token_comes_from_the_proxy()
    {
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(CheckedPod.AskEveryTime));

        var entry = await pod.CheckAsync();

        entry.ShouldBeHealthy();
        Assert.Equal(("IdentityBinding", "IdentityBindingProxy"), (entry.Data[PodIdentityDataKeys.Mode], entry.Data[PodIdentityDataKeys.Responder]));
        Assert.Contains("WorkloadIdentityCredential with IsAzureProxyEnabled", entry.Description, StringComparison.Ordinal);
        Assert.Equal((EntraServer.Name, EntraServer.Name), _proxy.Names);
    }

    [Fact]
    public async Task A_CA_may_be_exchanged_while_the_process_runs()
    {
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(CheckedPod.AskEveryTime));
        (await pod.CheckAsync()).ShouldBeHealthy();

        _proxy.ExchangeAuthority();

        (await pod.CheckAsync()).ShouldBeHealthy();
    }

    [Fact]
    public void Whoever_a_CA_that_has_gone_vouched_for_is_trusted_no_more()
    {
        var options = new System.Net.Security.SslClientAuthenticationOptions();

        new HealthChecks.Tokens.BindingProxy(new Uri("https://10.0.0.1/"), EntraServer.Name, "/no/such/file", CaData: null).Restrict(options);

        Assert.False(options.RemoteCertificateValidationCallback!(
            this, _proxy.Certificate, chain: null, System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors));
    }

    [Theory]
    [InlineData("AZURE_KUBERNETES_TOKEN_PROXY", "http://10.0.0.1/", "AZURE_KUBERNETES_TOKEN_PROXY is 'http://10.0.0.1/'")]
    [InlineData("AZURE_KUBERNETES_CA_DATA", "x", "AZURE_KUBERNETES_CA_DATA")]
    [InlineData("AZURE_KUBERNETES_CA_FILE", "/dev/null", "it is empty, or not a file")]
    public async Task Wrong_variables_are_a_reason_and_no_exception(string variable, string value, string says)
    {
        Set(variable, value);
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(CheckedPod.AskEveryTime));

        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(CredentialFailed);
        Assert.Contains(says, entry.Description, StringComparison.Ordinal);
        Assert.Equal(0, _proxy.Requests);
    }

    private void Set(string name, string value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }
}
