namespace PodIdentity.HealthChecks.Testing.Tests;

public class ProxyTests
{
    [Fact]
    public async Task The_sidecar_owns_the_metadata_address_even_when_NMI_was_killed()
    {
        await using var simulator = await StartAsync();
        await simulator.Nmi.SetStateAsync(NmiState.Killed);

        Assert.Equal(404, (await Ask.FingerprintAsync(simulator)).Status);
        Assert.Equal(
            [SimulatedResponder.WorkloadIdentityProxy, SimulatedResponder.Imds],
            simulator.Requests.Select(r => r.Responder));

        simulator.Proxy.Enabled = false;
        await Assert.ThrowsAsync<HttpRequestException>(() => Ask.FingerprintAsync(simulator));
    }

    [Fact]
    public async Task Entras_refusal_comes_as_500_with_its_code()
    {
        await using var simulator = await StartAsync();
        simulator.Proxy.DefaultClientId = simulator.Pod.Bound[0].ClientId;
        simulator.Proxy.EntraError = "AADSTS70021: No matching federated identity record found";

        var answer = await Ask.TokenAsync(simulator);

        Assert.Equal(500, answer.Status);
        Assert.Contains("AADSTS70021: No matching federated identity record found", answer.Body, StringComparison.Ordinal);
        Assert.StartsWith("azure-workload-identity/proxy/", answer.Headers["Server"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_is_for_the_client_id_asked_for_or_for_that_of_the_environment()
    {
        await using var simulator = await StartAsync();
        var known = simulator.Pod.Bound[0];
        simulator.Proxy.DefaultClientId = known.ClientId;

        var byDefault = await Ask.TokenAsync(simulator);
        var asked = await Ask.TokenAsync(simulator, "&client_id=9c1f2b3a-0000-4000-8000-000000000001");
        var again = await Ask.TokenAsync(simulator, "&client_id=9c1f2b3a-0000-4000-8000-000000000001");

        Assert.Equal(known.ObjectId, byDefault.Claim("oid").GetString());
        Assert.Equal("9c1f2b3a-0000-4000-8000-000000000001", asked.Claim("appid").GetString());
        Assert.Equal(asked.Claim("oid").GetString(), again.Claim("oid").GetString());
    }

    [Fact]
    public async Task What_the_sidecar_passes_on_fails_with_IMDS()
    {
        await using var simulator = await StartAsync();
        simulator.Imds.Fault = ImdsFault.Refuse;

        var answer = await Ask.FingerprintAsync(simulator);

        Assert.Equal(500, answer.Status);
        Assert.Contains("connection refused", answer.Body, StringComparison.Ordinal);
    }

    private static async Task<PodIdentitySimulator> StartAsync()
    {
        var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        simulator.Proxy.Enabled = true;
        return simulator;
    }
}
