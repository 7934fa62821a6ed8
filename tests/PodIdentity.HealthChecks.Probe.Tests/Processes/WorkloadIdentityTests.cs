namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>On a pod that azure-workload-identity's webhook has changed.</summary>
public sealed class WorkloadIdentityTests
{
    [Fact]
    public async Task It_exchanges_the_federated_token_at_Entra()
    {
        await using var entra = await EntraServer.StartAsync(TestContext.Current.CancellationToken);

        var result = await ProbeProcess.RunAsync("check token", entra.Environment());

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.StartsWith($"Healthy: Microsoft Entra ID issued a token to client id {EntraServer.ClientId}", result.Output, StringComparison.Ordinal);
        Assert.Equal(
            [
                ("client_assertion", await File.ReadAllTextAsync(entra.TokenFile, TestContext.Current.CancellationToken)),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_id", EntraServer.ClientId),
                ("grant_type", "client_credentials"),
                ("scope", "https://management.azure.com//.default"),
            ],
            entra.Form.Select(f => (f.Key, f.Value)).Order());
    }

    [Fact]
    public async Task A_named_identity_is_exchanged_for_and_verified()
    {
        await using var entra = await EntraServer.StartAsync(TestContext.Current.CancellationToken);
        const string Other = "11111111-2222-3333-4444-555555555555";

        var result = await ProbeProcess.RunAsync($"check token --client-id {Other} --required-responder Entra", entra.Environment());

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.Equal(Other, entra.Form["client_id"]);
        Assert.Contains($"client id {Other}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_Entra_is_1_and_says_which()
    {
        await using var entra = await EntraServer.StartAsync(TestContext.Current.CancellationToken);
        entra.Refusal = (401, """{"error":"invalid_client","error_description":"AADSTS700213: No matching federated identity record found"}""");

        var result = await ProbeProcess.RunAsync("check token", entra.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (TokenRejected): Microsoft Entra ID refused a token with AADSTS700213", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_ends_once_the_federated_credential_has_arrived()
    {
        await using var entra = await EntraServer.StartAsync(TestContext.Current.CancellationToken);
        entra.Refusal = (401, """{"error":"invalid_client","error_description":"AADSTS70021: No matching federated identity record found"}""");

        using var probe = ProbeProcess.Start("wait token --retry-count 100000 --retry-max 10ms --output json", entra.Environment());
        Assert.Contains("AADSTS70021", await probe.ReadLineAsync(), StringComparison.Ordinal);
        entra.Refusal = null;

        Assert.Equal(0, (await probe.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task An_Entra_that_is_not_trusted_is_named_as_that()
    {
        await using var entra = await EntraServer.StartAsync(TestContext.Current.CancellationToken);
        await using var other = await EntraServer.StartAsync(TestContext.Current.CancellationToken);

        var result = await ProbeProcess.RunAsync("check token", entra.Environment(("SSL_CERT_FILE", other.Bundle)));

        Assert.Equal(4, result.ExitCode);
        Assert.Contains("has a certificate that is not trusted", result.Error, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, entra.Requests);
    }

    [Theory]
    [InlineData("/no/such/bundle.pem")]
    [InlineData("/dev/null")]
    public async Task A_bundle_that_holds_no_certificate_trusts_nobody(string bundle)
    {
        await using var entra = await EntraServer.StartAsync(TestContext.Current.CancellationToken);

        var result = await ProbeProcess.RunAsync("check token", entra.Environment(("SSL_CERT_FILE", bundle)));

        Assert.Equal(4, result.ExitCode);
        Assert.Contains("is not trusted", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://login.example/", "AZURE_AUTHORITY_HOST is 'http://login.example/': it must be an absolute https address without user")]
    [InlineData("login.example", "AZURE_AUTHORITY_HOST is 'login.example': it must be an absolute https address without user")]
    [InlineData("http://somebody:secret@login.example/", "AZURE_AUTHORITY_HOST is ")]
    [InlineData("https://somebody:secret@login.example/", "AZURE_AUTHORITY_HOST is ")]
    public async Task The_federated_token_goes_to_no_authority_without_TLS(string authority, string says)
    {
        var result = await InProcess.RunAsync(
            "check token",
            ("AZURE_FEDERATED_TOKEN_FILE", "/no/such/file"), ("AZURE_TENANT_ID", EntraServer.Tenant), ("AZURE_CLIENT_ID", EntraServer.ClientId), ("AZURE_AUTHORITY_HOST", authority));

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith(says, result.Error, StringComparison.Ordinal);
        Assert.Contains("Example: https://login.microsoftonline.com/", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_federated_token_is_1_and_asks_nobody()
    {
        await using var entra = await EntraServer.StartAsync(TestContext.Current.CancellationToken);
        File.Delete(entra.TokenFile);

        var result = await ProbeProcess.RunAsync("check token", entra.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (FederatedTokenUnusable): ", result.Error, StringComparison.Ordinal);
        Assert.Contains("does not exist", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, entra.Requests);
    }

    [Fact]
    public async Task An_expired_federated_token_is_1()
    {
        await using var entra = await EntraServer.StartAsync(TestContext.Current.CancellationToken);
        entra.WriteToken(TimeProvider.System.GetUtcNow().AddHours(-1));
        entra.Refusal = (401, """{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range."}""");

        var result = await ProbeProcess.RunAsync("check token", entra.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (FederatedTokenUnusable): ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_proxy_must_answer_it_is_asked()
    {
        await using var entra = await EntraServer.StartAsync(TestContext.Current.CancellationToken);
        await using var node = await Pod.StartAsync();
        node.Proxy.Enabled = true;

        var result = await ProbeProcess.RunAsync(
            $"check token --client-id {node.Identity().ClientId} --required-responder WorkloadIdentityProxy", [.. entra.Environment(), .. node.Environment()]);

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.StartsWith("Healthy: The workload identity proxy issued a token", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, entra.Requests);
    }
}
