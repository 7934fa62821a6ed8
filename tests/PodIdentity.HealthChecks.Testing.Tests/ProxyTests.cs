using System.Text.Json;
using PodIdentity.HealthChecks.Tests;

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

    [Fact]
    public async Task A_sidecar_that_keeps_its_credential_does_not_see_Entras_refusal_for_25_hours()
    {
        var clock = new ManualTimeProvider();
        await using var simulator = await StartAsync(clock);
        simulator.Proxy.DefaultClientId = simulator.Pod.Bound[0].ClientId;
        simulator.Proxy.KeepsCredential = true;
        simulator.Imds.TokenLifetime = TimeSpan.FromHours(30);
        var first = await Ask.TokenAsync(simulator);
        simulator.Proxy.EntraError = "AADSTS70021: No matching federated identity record found";

        clock.Advance(TimeSpan.FromHours(25) - TimeSpan.FromSeconds(1));
        var later = await Ask.TokenAsync(simulator);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(first.Claim("jti").GetString(), later.Claim("jti").GetString());
        Assert.Equal((5 * 3600) + 1, JsonElement.Parse(later.Body).GetProperty("expires_in").GetInt32());
        Assert.Equal(500, (await Ask.TokenAsync(simulator)).Status);
    }

    [Fact]
    public async Task A_kept_credential_renews_its_token_five_minutes_before_the_expiry()
    {
        var clock = new ManualTimeProvider();
        await using var simulator = await StartAsync(clock);
        simulator.Proxy.DefaultClientId = simulator.Pod.Bound[0].ClientId;
        simulator.Proxy.KeepsCredential = true;
        simulator.Imds.TokenLifetime = TimeSpan.FromHours(1);
        var first = await Ask.TokenAsync(simulator);

        clock.Advance(TimeSpan.FromMinutes(54));
        var same = await Ask.TokenAsync(simulator);
        var ofAnother = await Ask.TokenAsync(simulator, "&client_id=9c1f2b3a-0000-4000-8000-000000000001");
        clock.Advance(TimeSpan.FromMinutes(1));
        var renewed = await Ask.TokenAsync(simulator);

        Assert.Equal(first.Claim("jti").GetString(), same.Claim("jti").GetString());
        Assert.Equal(3, new[] { first, ofAnother, renewed }.Select(r => r.Claim("jti").GetString()).Distinct(StringComparer.Ordinal).Count());
    }

    private static async Task<PodIdentitySimulator> StartAsync(TimeProvider? time = null)
    {
        var simulator = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = time ?? TimeProvider.System, TestContext.Current.CancellationToken);
        simulator.Proxy.Enabled = true;
        return simulator;
    }
}
