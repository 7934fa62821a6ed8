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
        await using var own = new SampleInProcess();
        own.Simulator.Imds.Fault = ImdsFault.Forbidden;

        using var response = await own.Client.GetAsync("/whoami", Cancellation);
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
        await using var pod = new WebApplicationFactory<Program>().WithWebHostBuilder(builder => builder.UseSetting("HOST_IP", "10.240.0.4"));

        Assert.Null(pod.Services.GetService<Laptop>());
    }

    private static string MakeToken(SimulatedIdentity identity)
    {
        var claims = JsonSerializer.Serialize(new { appid = identity.ClientId, oid = identity.ObjectId, tid = identity.TenantId });
        return string.Join('.', new[] { """{"alg":"none"}""", claims, Guid.NewGuid().ToString() }
            .Select(part => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part))));
    }
}
