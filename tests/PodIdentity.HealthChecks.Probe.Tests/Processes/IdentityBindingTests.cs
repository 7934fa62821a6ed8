namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>On a pod with an AKS identity binding, whose proxy exchanges the token.</summary>
public sealed class IdentityBindingTests
{
    [Fact]
    public async Task It_exchanges_the_token_at_the_proxy_and_asks_for_the_name_in_its_certificate()
    {
        await using var pod = await FederatedPod.StartAsync(identityBinding: true);

        var result = await ProbeProcess.RunAsync("check token", pod.Environment());

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.StartsWith($"Healthy: The identity binding's proxy issued a token to client ID {pod.Identity.ClientId}", result.Output, StringComparison.Ordinal);
        Assert.Contains("WorkloadIdentityCredential with IsAzureProxyEnabled", result.Output, StringComparison.Ordinal);
        var request = Assert.Single(pod.Node.Requests);
        Assert.Equal(
            (SimulatedResponder.IdentityBindingProxy, pod.Node.Binding.ServerName, pod.Node.Binding.ServerName),
            (request.Responder, request.ServerName, request.Headers["Host"]));
    }

    [Theory]
    [InlineData("Entra")]
    [InlineData("IdentityBindingProxy")]
    public async Task Behind_the_proxy_it_is_Entra_that_answers(string required)
    {
        await using var pod = await FederatedPod.StartAsync(identityBinding: true);

        Assert.Equal(0, (await ProbeProcess.RunAsync($"check token --required-responder {required}", pod.Environment())).ExitCode);
    }

    [Fact]
    public async Task A_proxy_that_its_CA_does_not_vouch_for_is_sent_nothing()
    {
        await using var pod = await FederatedPod.StartAsync(identityBinding: true);
        await using var other = await FederatedPod.StartAsync(identityBinding: true);

        var result = await ProbeProcess.RunAsync("check token", pod.Environment(("AZURE_KUBERNETES_CA_FILE", other.Node.Binding.CertificateAuthorityFile)));

        Assert.Equal(4, result.ExitCode);
        Assert.Contains("The identity binding's proxy at ", result.Error, StringComparison.Ordinal);
        Assert.Contains("AZURE_KUBERNETES_CA_FILE", result.Error, StringComparison.Ordinal);
        Assert.Empty(pod.Node.Requests);
    }

    [Fact]
    public async Task A_proxy_with_another_name_in_its_certificate_is_sent_nothing()
    {
        await using var pod = await FederatedPod.StartAsync(identityBinding: true);

        var result = await ProbeProcess.RunAsync("check token", pod.Environment(("AZURE_KUBERNETES_SNI_NAME", "somebody.else.example")));

        Assert.Equal((4, 0), (result.ExitCode, pod.Node.Requests.Count));
        Assert.Contains("AZURE_KUBERNETES_SNI_NAME", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_that_names_no_error_of_Entra_is_told_with_the_role_that_it_takes()
    {
        await using var pod = await FederatedPod.StartAsync(identityBinding: true);
        pod.Node.Binding.Authorized = false;

        var result = await ProbeProcess.RunAsync("check token", pod.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("`use-managed-identity`", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bundle_without_end_is_not_read_to_its_end()
    {
        await using var pod = await FederatedPod.StartAsync(identityBinding: true);
        await using (var bundle = File.OpenWrite(pod.Node.Binding.CertificateAuthorityFile))
        {
            bundle.SetLength(1L << 32);
        }

        var result = await InProcess.RunAsync("check token", pod.Environment());

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("it is too long", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AZURE_KUBERNETES_TOKEN_PROXY", "http://10.0.0.1/", "AZURE_KUBERNETES_TOKEN_PROXY is 'http://10.0.0.1/': it must be an absolute https address")]
    [InlineData("AZURE_KUBERNETES_TOKEN_PROXY", "https://user:secret@10.0.0.1/", "AZURE_KUBERNETES_TOKEN_PROXY is ")]
    [InlineData("AZURE_KUBERNETES_TOKEN_PROXY", "", "AZURE_KUBERNETES_TOKEN_PROXY is '': it must be set")]
    [InlineData("AZURE_KUBERNETES_SNI_NAME", "a b", "AZURE_KUBERNETES_SNI_NAME is 'a b': it must be a host name")]
    [InlineData("AZURE_KUBERNETES_CA_DATA", "x", "it must not be set together with AZURE_KUBERNETES_CA_DATA")]
    [InlineData("AZURE_KUBERNETES_CA_FILE", "/no/such/file", "AZURE_KUBERNETES_CA_FILE is '/no/such/file': it does not exist")]
    [InlineData("AZURE_KUBERNETES_CA_FILE", "/no/such/file", "Example: /etc/proxy/ca.crt")]
    [InlineData("AZURE_KUBERNETES_CA_FILE", "/dev/null", "AZURE_KUBERNETES_CA_FILE is '/dev/null': it is empty, or not a file")]
    [InlineData("AZURE_KUBERNETES_CA_FILE", "/etc/hostname", "it holds no certificate")]
    public async Task Wrong_variables_are_3_and_say_which(string variable, string value, string says)
    {
        await using var pod = await FederatedPod.StartAsync(identityBinding: true);

        var result = await InProcess.RunAsync("check token", pod.Environment((variable, value)));

        Assert.Equal(3, result.ExitCode);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Contains("Example: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.All, StringComparison.Ordinal);
    }
}
