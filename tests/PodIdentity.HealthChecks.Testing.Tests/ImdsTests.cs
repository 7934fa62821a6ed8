using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests;

public class ImdsTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Twenty_token_requests_a_second_are_admitted_and_no_more()
    {
        await using var simulator = await StartAsync();
        simulator.Imds.Throttling = true;

        await AssertStatusesAsync(simulator, [.. Enumerable.Repeat(200, 10)]);
        _clock.Advance(TimeSpan.FromSeconds(0.6));
        await AssertStatusesAsync(simulator, [.. Enumerable.Repeat(200, 10), 429]);
        _clock.Advance(TimeSpan.FromSeconds(0.4));
        await AssertStatusesAsync(simulator, [.. Enumerable.Repeat(200, 10), 429]);
    }

    [Fact]
    public async Task Five_token_requests_at_once_are_admitted_and_no_more()
    {
        await using var simulator = await StartAsync();
        simulator.Imds.Throttling = true;
        simulator.Imds.Latency = TimeSpan.FromSeconds(0.1);
        var fiveUnderWay = _clock.WhenWaiting(simulator.Imds.Latency, count: 5);
        var admitted = Enumerable.Range(0, 5).Select(_ => Ask.TokenAsync(simulator)).ToList();
        await fiveUnderWay;

        Assert.Equal(429, (await Ask.TokenAsync(simulator)).Status);

        _clock.Advance(simulator.Imds.Latency);
        Assert.All(await Task.WhenAll(admitted), answer => Assert.Equal(200, answer.Status));
        var afterwards = Ask.TokenAsync(simulator);
        await _clock.RunUntilAsync(afterwards);
        Assert.Equal(200, (await afterwards).Status);
    }

    [Fact]
    public async Task Five_other_requests_a_second_are_admitted_and_no_more()
    {
        await using var simulator = await StartAsync();
        simulator.Imds.Throttling = true;

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(404, (await Ask.FingerprintAsync(simulator)).Status);
        }

        Assert.Equal(429, (await Ask.FingerprintAsync(simulator)).Status);
        Assert.Equal(200, (await Ask.TokenAsync(simulator)).Status);
    }

    [Fact]
    public async Task The_limit_holds_for_what_NMI_asks_on_behalf_of_pods()
    {
        await using var simulator = await StartAsync(NmiState.Active);
        simulator.Imds.Throttling = true;
        simulator.Imds.RequestsPerSecond = 1;
        Assert.Equal(200, (await Ask.TokenAsync(simulator)).Status);

        var throttledFirst = Ask.TokenAsync(simulator);

        // NMI's second attempt, two seconds later, is admitted.
        Assert.Equal(TimeSpan.FromSeconds(2), await _clock.RunUntilAsync(throttledFirst));
        Assert.Equal(200, (await throttledFirst).Status);
        Assert.Equal(3, simulator.Requests.Count(r => r.Forwarded));
    }

    [Fact]
    public async Task A_request_without_a_selector_gets_the_only_identity_or_the_system_assigned_one()
    {
        await using var simulator = await StartAsync();
        var only = simulator.Imds.UserAssigned[0];
        Assert.Equal(only.ClientId, (await Ask.TokenAsync(simulator)).Claim("appid").GetString());

        simulator.Imds.AddUserAssigned(new SimulatedIdentity("id-b"));
        var ambiguous = await Ask.TokenAsync(simulator);
        Assert.Equal(400, ambiguous.Status);
        Assert.Contains("Multiple user assigned identities exist, please specify the clientId / resourceId", ambiguous.Body, StringComparison.Ordinal);

        simulator.Imds.SystemAssigned = new SimulatedIdentity("node");
        Assert.Equal(simulator.Imds.SystemAssigned.ObjectId, (await Ask.TokenAsync(simulator)).Claim("oid").GetString());

        simulator.Imds.Clear();
        var none = await Ask.TokenAsync(simulator);
        Assert.Equal(400, none.Status);
        Assert.Contains("Identity not found", none.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_selector_finds_its_identity_in_any_letter_case()
    {
        await using var simulator = await StartAsync();
        var wanted = new SimulatedIdentity("id-b");
        simulator.Imds.AddUserAssigned(wanted);
        foreach (var selector in (string[])
            [$"client_id={wanted.ClientId}", $"object_id={wanted.ObjectId}", $"msi_res_id={wanted.ResourceId}", $"mi_res_id={wanted.ResourceId}"])
        {
            var name = selector[..(selector.IndexOf('=', StringComparison.Ordinal) + 1)];
            var upper = name + selector[name.Length..].ToUpperInvariant();
            Assert.Equal(wanted.ClientId, (await Ask.TokenAsync(simulator, "&" + selector)).Claim("appid").GetString());
            Assert.Equal(wanted.ClientId, (await Ask.TokenAsync(simulator, "&" + upper)).Claim("appid").GetString());
            Assert.Equal(400, (await Ask.TokenAsync(simulator, "&" + name + "someone-else")).Status);
        }
    }

    [Theory]
    [InlineData("metadata/identity/oauth2/token" + Ask.Query, "", 400, "Required metadata header not specified")]
    [InlineData("metadata/identity/oauth2/token" + Ask.Query, "TRUE", 200, "client_id")]
    [InlineData("metadata/identity/oauth2/token?api-version=2018-02-01", "true", 400, "'resource'")]
    [InlineData("metadata/identity/oauth2/token?resource=https://vault.azure.net", "true", 400, "'api-version'")]
    [InlineData("metadata/instance?api-version=2021-02-01", "true", 200, "compute")]
    [InlineData("metadata/instance?api-version=2021-02-01", "", 400, "Required metadata header not specified")]
    [InlineData("host/token", "", 404, "/host/token")]
    public async Task IMDS_answers_in_its_own_words(string path, string metadata, int status, string text)
    {
        await using var simulator = await StartAsync();

        var answer = await Ask.OnceAsync(
            new Uri(simulator.MetadataAddress + path),
            metadata.Length > 0 ? [("Metadata", metadata)] : Enumerable.Empty<(string, string)>());

        Assert.Equal(status, answer.Status);
        Assert.Contains(text, answer.Body, StringComparison.Ordinal);
        Assert.Equal("IMDS/150.870.65.1854", answer.Headers["Server"]);
        Assert.Equal("application/json; charset=utf-8", answer.Headers["Content-Type"]);
    }

    [Fact]
    public async Task A_success_says_for_whom_and_until_when_in_text()
    {
        await using var simulator = await StartAsync();
        simulator.Imds.TokenLifetime = TimeSpan.FromHours(2);

        var answer = await Ask.TokenAsync(simulator);

        var json = System.Text.Json.JsonElement.Parse(answer.Body);
        Assert.Equal(
            ["access_token", "client_id", "expires_in", "expires_on", "ext_expires_in", "not_before", "resource", "token_type"],
            json.EnumerateObject().Select(p => p.Name),
            StringComparer.Ordinal);
        Assert.All(json.EnumerateObject(), p => Assert.Equal(System.Text.Json.JsonValueKind.String, p.Value.ValueKind));
        Assert.Equal("7200", json.GetProperty("expires_in").GetString());
        Assert.Equal($"{(_clock.GetUtcNow() + TimeSpan.FromHours(2)).ToUnixTimeSeconds()}", json.GetProperty("expires_on").GetString());
        Assert.Equal(simulator.Imds.UserAssigned[0].ClientId, json.GetProperty("client_id").GetString());
    }

    private async Task<PodIdentitySimulator> StartAsync(NmiState state = NmiState.NotActive)
    {
        var simulator = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = _clock, TestContext.Current.CancellationToken);
        await simulator.Nmi.SetStateAsync(state);
        return simulator;
    }

    private static async Task AssertStatusesAsync(PodIdentitySimulator simulator, int[] expected)
    {
        List<int> statuses = [];
        foreach (var _ in expected)
        {
            statuses.Add((await Ask.TokenAsync(simulator)).Status);
        }

        Assert.Equal(expected, statuses);
    }
}
