namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>On a pod that azure-workload-identity's webhook has changed.</summary>
public sealed class WorkloadIdentityTests
{
    [Fact]
    public async Task It_exchanges_the_federated_token_at_Entra()
    {
        await using var pod = await FederatedPod.StartAsync();

        var result = await ProbeProcess.RunAsync("check token", pod.Environment());

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.StartsWith($"Healthy: Microsoft Entra ID issued a token to client ID {pod.Identity.ClientId}", result.Output, StringComparison.Ordinal);
        Assert.Equal(
            [
                ("client_assertion", await File.ReadAllTextAsync(pod.TokenFile, TestContext.Current.CancellationToken)),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_id", pod.Identity.ClientId),
                ("grant_type", "client_credentials"),
                ("scope", "https://management.azure.com//.default"),
            ],
            Assert.Single(pod.Node.Requests).Form.Select(f => (f.Key, f.Value)).Order());
    }

    [Theory]
    [InlineData("check token", "Healthy: Microsoft Entra ID issued a token")]
    [InlineData("doctor", "Entra TLS         not tried through the proxy http://127.0.0.1:")]
    public async Task It_asks_Entra_through_the_proxy_that_HTTPS_PROXY_names_and_tells_nobody_its_password(string arguments, string text)
    {
        await using var pod = await FederatedPod.StartAsync();
        await using var proxy = new ConnectProxy(pod.Entra.Address.Port, password: "user:sesame");

        // The name is in the simulator's certificate, too.
        var result = await ProbeProcess.RunAsync(
            arguments,
            pod.Environment(("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/"), ("HTTPS_PROXY", $"http://user:sesame@{proxy.Address.Authority}/")));

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.Contains(text, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", result.All, StringComparison.Ordinal);
        Assert.NotEmpty(proxy.Asked);
        Assert.All(proxy.Asked, a => Assert.Equal("login.microsoftonline.com:443", a));
    }

    [Fact]
    public async Task Doctor_blames_a_proxy_that_refuses_and_no_firewall_behind_it()
    {
        await using var pod = await FederatedPod.StartAsync();

        var result = await ProbeProcess.RunAsync(
            "doctor", pod.Environment(("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/"), ("HTTPS_PROXY", "http://127.0.0.1:1")));

        Assert.Equal(4, result.ExitCode);
        Assert.Contains("✗ proxy TCP         127.0.0.1:1 refused the connection", result.Output, StringComparison.Ordinal);
        Assert.Contains("What to do: Check that the pod can reach that proxy", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_identity_is_exchanged_for_and_verified()
    {
        await using var pod = await FederatedPod.StartAsync();
        var other = new SimulatedIdentity("other");
        pod.Entra.AddFederatedCredential(other, pod.Pod.FederatedCredential);

        var result = await ProbeProcess.RunAsync($"check token --client-id {other.ClientId} --required-responder Entra", pod.Environment());

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.Contains($"client ID {other.ClientId}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_Entra_is_1_and_says_which()
    {
        await using var pod = await FederatedPod.StartAsync();
        pod.Entra.Error = 700213;

        var result = await ProbeProcess.RunAsync("check token", pod.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (TokenRejected): Microsoft Entra ID refused the token request with AADSTS700213", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_ends_once_the_federated_credential_has_arrived()
    {
        await using var pod = await FederatedPod.StartAsync();
        pod.Entra.Error = 70021;

        using var probe = ProbeProcess.Start("wait token --retry-count 100000 --retry-max 10ms --output json", pod.Environment());
        Assert.Contains("AADSTS70021", await probe.ReadLineAsync(), StringComparison.Ordinal);
        pod.Entra.Error = null;

        Assert.Equal(0, (await probe.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task An_Entra_that_is_not_trusted_is_named_as_that()
    {
        await using var pod = await FederatedPod.StartAsync();
        await using var other = await FederatedPod.StartAsync();

        var result = await ProbeProcess.RunAsync("check token", pod.Environment(("SSL_CERT_FILE", other.Entra.CertificateAuthorityFile)));

        Assert.Equal(4, result.ExitCode);
        Assert.Contains("did not present a trusted certificate", result.Error, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", result.Error, StringComparison.Ordinal);
        Assert.Empty(pod.Node.Requests);
    }

    [Theory]
    [InlineData("http://login.example/", "AZURE_AUTHORITY_HOST is 'http://login.example/': it must be an absolute https address without a user name")]
    [InlineData("login.example", "AZURE_AUTHORITY_HOST is 'login.example': it must be an absolute https address without a user name")]
    [InlineData("http://somebody:secret@login.example/", "AZURE_AUTHORITY_HOST is ")]
    [InlineData("https://somebody:secret@login.example/", "AZURE_AUTHORITY_HOST is ")]
    public async Task The_federated_token_goes_to_no_authority_without_TLS(string authority, string says)
    {
        var result = await InProcess.RunAsync(
            "check token",
            ("AZURE_FEDERATED_TOKEN_FILE", "/no/such/file"), ("AZURE_TENANT_ID", $"{Guid.NewGuid()}"), ("AZURE_CLIENT_ID", $"{Guid.NewGuid()}"), ("AZURE_AUTHORITY_HOST", authority));

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith(says, result.Error, StringComparison.Ordinal);
        Assert.Contains("Example: https://login.microsoftonline.com/", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_federated_token_is_1_and_asks_nobody()
    {
        await using var pod = await FederatedPod.StartAsync();
        File.Delete(pod.TokenFile);

        var result = await ProbeProcess.RunAsync("check token", pod.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (FederatedTokenUnusable): ", result.Error, StringComparison.Ordinal);
        Assert.Contains("does not exist", result.Error, StringComparison.Ordinal);
        Assert.Empty(pod.Node.Requests);
    }

    [Theory]
    [InlineData("/nonexistent/bundle.pem", "")]
    [InlineData("/nonexistent/bundle.pem", "/etc/ssl/certs")]
    [InlineData("/dev/null", "")]
    [InlineData("/etc/hostname", "")]
    [InlineData("/etc/ssl/certs/ca-certificates.crt ", "", "it must not begin or end with white space")]
    public async Task A_bundle_of_CAs_that_holds_none_is_3(
        string bundle, string directory, string rule = "it must be a readable file of CA certificates in PEM format, of at most 4 MiB")
    {
        await using var pod = await FederatedPod.StartAsync();

        var result = await ProbeProcess.RunAsync("check token", pod.Environment(("SSL_CERT_FILE", bundle), ("SSL_CERT_DIR", directory)));

        Assert.Equal(
            (3, $"SSL_CERT_FILE is '{bundle.Trim()}': {rule}. Example: /etc/ssl/certs/ca-certificates.crt\n"),
            (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Who_asks_NMI_needs_no_bundle_of_CAs()
    {
        await using var pod = await FederatedPod.StartAsync();

        var result = await ProbeProcess.RunAsync(
            "check nmi", pod.Environment(("SSL_CERT_FILE", "/nonexistent/bundle.pem"), ("POD_IDENTITY_NMI_HEALTH_ENDPOINT", $"{pod.Node.NmiHealthEndpoint}")));

        Assert.NotEqual(3, result.ExitCode);
    }

    [Fact]
    public async Task An_expired_federated_token_is_1()
    {
        await using var pod = await FederatedPod.StartAsync();
        pod.Pod.TokenLifetime = TimeSpan.FromHours(-1);
        pod.Pod.Rotate();

        var result = await ProbeProcess.RunAsync("check token", pod.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (FederatedTokenUnusable): ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_proxy_must_answer_it_is_asked()
    {
        await using var pod = await FederatedPod.StartAsync();
        pod.Node.Proxy.Enabled = true;

        var result = await ProbeProcess.RunAsync(
            $"check token --client-id {pod.Identity.ClientId} --required-responder WorkloadIdentityProxy", [.. pod.Environment(), .. pod.Node.Environment()]);

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.StartsWith("Healthy: The workload identity proxy issued a token", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(pod.Node.Requests, r => r.Responder is SimulatedResponder.Entra);
    }
}
