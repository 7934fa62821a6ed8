using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks.Testing;

namespace WebApp.Tests;

public sealed class SampleInProcessTests(SampleInProcess sample) : SampleScenarios(sample), IClassFixture<SampleInProcess>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_answer_holds_any_part_of_a_token_that_was_issued()
    {
        var issued = new ConcurrentBag<string>();
        await using var own = new SampleInProcess();
        own.Simulator.Imds.TokenFactory = identity =>
        {
            var token = MakeToken(identity);
            issued.Add(token);
            return token;
        };

        var answers = new List<string>();
        foreach (var state in new[] { "active", "stopping", "stopped" })
        {
            using var switched = await own.Client.PostAsync($"/simulator/nmi/{state}", content: null, Cancellation);
            foreach (var path in new[] { "/health/ready", "/health/startup", "/whoami" })
            {
                using var response = await own.Client.GetAsync(path, Cancellation);
                answers.Add(await response.Content.ReadAsStringAsync(Cancellation));
            }
        }

        Assert.True(issued.Count >= 3);
        Assert.All(issued.SelectMany(t => t.Split('.')), part => Assert.All(answers, a => Assert.DoesNotContain(part, a, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_a_token_the_application_answers_503_and_says_where_to_look()
    {
        await using var own = sample.WithWebHostBuilder(builder => builder.UseSetting("Guard", "None")); // so that no check has fetched a token before
        own.Services.GetRequiredService<Laptop>().Simulator.Imds.Fault = ImdsFault.Forbidden;
        using var client = own.CreateClient();

        using var response = await client.GetAsync("/whoami", Cancellation);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("/health/ready", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_text_of_an_exception_is_not_published()
    {
        await using var own = new SampleInProcess();
        await using var failing = own.WithWebHostBuilder(builder => builder.ConfigureServices(services => services
            .AddHealthChecks()
            .AddCheck("broken", () => throw new InvalidOperationException("Password=hunter2"), tags: ["live"])));
        using var client = failing.CreateClient();

        using var response = await client.GetAsync("/health/live", Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("\"broken\":{\"status\":\"Unhealthy\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_pod_configuration_alone_says_where_everything_is_and_there_are_no_switches()
    {
        await using var node = await PodIdentitySimulator.StartAsync(cancellationToken: Cancellation);
        await using var pod = new WebApplicationFactory<Program>().WithWebHostBuilder(builder => builder
            .UseEnvironment("Production")
            .UseSetting("HOST_IP", node.NmiProbeAddress.Host)
            .UseSetting("Nmi:Port", $"{node.NmiProbeAddress.Port}")
            .UseSetting("Nmi:MetadataAddress", node.MetadataAddress.ToString())
            .UseSetting("PodIdentity:ClientId", node.Pod.Bound[0].ClientId)
            .UseSetting("PodIdentity:TokenEndpoint", node.TokenEndpoint.ToString())
            .UseSetting("PodIdentity:NmiHealthEndpoint", node.NmiHealthEndpoint.ToString()));
        using var client = pod.CreateClient();

        using var ready = await client.GetAsync("/health/ready", Cancellation);
        using var switched = await client.PostAsync("/simulator/nmi/stopped", content: null, Cancellation);

        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains(node.Pod.Bound[0].ClientId, await ready.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, switched.StatusCode);
        Assert.Null(pod.Services.GetService<Laptop>());
    }

    [Fact]
    public async Task Development_with_a_host_ip_is_a_pod()
    {
        await using var pod = new WebApplicationFactory<Program>().WithWebHostBuilder(builder => builder
            .UseSetting("HOST_IP", "10.240.0.4")
            .UseSetting("PODIDENTITY_STARTUP_GATE_DISABLED", "true")); // nobody answers there

        Assert.Null(pod.Services.GetService<Laptop>());
    }

    [Theory]
    [InlineData("Identity", "self nmi_liveness", "pod_identity nmi", "pod_identity nmi nmi_liveness")]
    [InlineData("Nmi", "self nmi_liveness", "nmi", "nmi nmi_liveness")]
    [InlineData("workloadidentity", "self", "pod_identity", "pod_identity")]
    [InlineData("None", "self", "", "")]
    public async Task The_guard_decides_what_each_endpoint_looks_at(string guard, string live, string ready, string startup)
    {
        await using var guarded = sample.WithWebHostBuilder(builder => builder.UseSetting("Guard", guard));
        using var client = guarded.CreateClient();

        Assert.Equal(live, await ChecksAtAsync("/health/live"));
        Assert.Equal(ready, await ChecksAtAsync("/health/ready"));
        Assert.Equal(startup, await ChecksAtAsync("/health/startup"));

        async Task<string> ChecksAtAsync(string path)
        {
            var body = await client.GetFromJsonAsync<JsonElement>(path, Cancellation);
            return string.Join(' ', body.GetProperty("checks").EnumerateObject().Select(check => check.Name));
        }
    }

    [Fact]
    public async Task An_application_that_does_not_check_its_identity_still_works_with_the_configured_one()
    {
        await using var unguarded = sample.WithWebHostBuilder(builder => builder.UseSetting("Guard", "None"));
        using var client = unguarded.CreateClient();

        var answer = await client.GetFromJsonAsync<JsonElement>("/whoami", Cancellation);

        Assert.Equal("1d1e6c3a-6f0b-4f7e-9c55-3a7f0e2b9d10", answer.GetProperty("clientId").GetString());
    }

    [Fact]
    public async Task Liveness_fails_when_nmi_is_gone_for_longer_than_the_grace()
    {
        await using var impatient = sample.WithWebHostBuilder(builder => builder.UseSetting("NmiLiveness:FailureGracePeriod", "00:00:00"));
        using var client = impatient.CreateClient();
        using var before = await client.GetAsync("/health/live", Cancellation);
        using var switched = await client.PostAsync("/simulator/nmi/stopped", content: null, Cancellation);

        using var after = await client.GetAsync("/health/live", Cancellation);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, after.StatusCode);
        Assert.Contains("NmiUnreachable", await after.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private static string MakeToken(SimulatedIdentity identity)
    {
        var claims = JsonSerializer.Serialize(new { appid = identity.ClientId, oid = identity.ObjectId, tid = identity.TenantId });
        return string.Join('.', new[] { """{"alg":"none"}""", claims, Guid.NewGuid().ToString() }
            .Select(part => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part))));
    }
}
