using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>What the webhook and the kubelet give a pod.</summary>
public sealed class WorkloadTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly SimulatedIdentity _identity = new("app");
    private PodIdentitySimulator _simulator = null!;

    public async ValueTask InitializeAsync() =>
        _simulator = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = _clock, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Fact]
    public void The_webhook_sets_its_variables_and_none_of_a_binding()
    {
        using var pod = _simulator.WorkloadIdentity.Inject(_identity, "cart", "shop");

        Assert.Equal(
            [
                ("AZURE_AUTHORITY_HOST", _simulator.Entra.Address.AbsoluteUri),
                ("AZURE_CLIENT_ID", _identity.ClientId),
                ("AZURE_FEDERATED_TOKEN_FILE", pod.TokenFile),
                ("AZURE_TENANT_ID", _identity.TenantId),
            ],
            Set(pod));
        Assert.Equal("system:serviceaccount:shop:cart", pod.FederatedCredential.Subject);
        Assert.Equal("api://AzureADTokenExchange", pod.FederatedCredential.Audience);
    }

    [Fact]
    public void With_a_binding_it_sets_those_of_the_proxy_too()
    {
        using var pod = _simulator.WorkloadIdentity.Inject(_identity, identityBinding: true);

        Assert.Equal(_simulator.Binding.Address.AbsoluteUri, pod.Variables["AZURE_KUBERNETES_TOKEN_PROXY"]);
        Assert.Equal(_simulator.Binding.ServerName, pod.Variables["AZURE_KUBERNETES_SNI_NAME"]);
        Assert.Equal(_simulator.Binding.CertificateAuthorityFile, pod.Variables["AZURE_KUBERNETES_CA_FILE"]);
        Assert.Null(pod.Variables["AZURE_KUBERNETES_CA_DATA"]);
        Assert.Equal("api://AKSIdentityBinding", pod.FederatedCredential.Audience);
    }

    [Fact]
    public void A_pod_that_the_webhook_missed_has_no_variable_and_no_token()
    {
        _simulator.WorkloadIdentity.WebhookDown = true;

        using var pod = _simulator.WorkloadIdentity.Inject(_identity);
        pod.Rotate();

        Assert.Empty(Set(pod));
        Assert.Null(pod.TokenFile);
        Assert.All(pod.Variables.Keys, name => Assert.StartsWith("AZURE_", name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_token_file_is_a_link_into_a_folder_that_is_replaced_as_a_whole()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A link takes a privilege.");
        using var pod = _simulator.WorkloadIdentity.Inject(_identity);
        var data = Path.Combine(Path.GetDirectoryName(pod.TokenFile)!, "..data");
        var (token, folder) = (File.ReadAllText(pod.TokenFile!), new DirectoryInfo(data).LinkTarget);

        pod.Rotate();

        Assert.Equal("..data/azure-identity-token", new FileInfo(pod.TokenFile!).LinkTarget);
        Assert.NotEqual(folder, new DirectoryInfo(data).LinkTarget, StringComparer.Ordinal);
        Assert.NotEqual(token, File.ReadAllText(pod.TokenFile!), StringComparer.Ordinal);
        Assert.Equal(
            [new DirectoryInfo(data).LinkTarget!, "..data", "azure-identity-token"],
            Directory.GetFileSystemEntries(Path.GetDirectoryName(pod.TokenFile)!).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    [Fact]
    public void The_token_is_renewed_after_four_fifths_of_its_life_for_as_long_as_the_kubelet_does_so()
    {
        using var pod = _simulator.WorkloadIdentity.Inject(_identity);
        var first = File.ReadAllText(pod.TokenFile!);

        _clock.Advance(TimeSpan.FromMinutes(48) - TimeSpan.FromSeconds(1));
        Assert.Equal(first, File.ReadAllText(pod.TokenFile!));
        _clock.Advance(TimeSpan.FromSeconds(1));
        var second = File.ReadAllText(pod.TokenFile!);
        Assert.NotEqual(first, second, StringComparer.Ordinal);

        pod.Rotates = false;
        _clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(second, File.ReadAllText(pod.TokenFile!));
    }

    [Fact]
    public async Task Nothing_of_it_is_left_behind()
    {
        var pod = _simulator.WorkloadIdentity.Inject(_identity, identityBinding: true);
        var another = _simulator.WorkloadIdentity.Inject(_identity);
        var folder = Path.GetDirectoryName(_simulator.Binding.CertificateAuthorityFile)!;

        pod.Dispose();
        Assert.False(File.Exists(pod.TokenFile));
        Assert.True(File.Exists(another.TokenFile));

        await _simulator.DisposeAsync();
        Assert.False(Directory.Exists(folder));
        another.Rotate();
        another.Dispose();
    }

    private static IEnumerable<(string, string?)> Set(SimulatedWorkload pod) => pod.Variables.Where(v => v.Value is not null).Select(v => (v.Key, v.Value));
}
