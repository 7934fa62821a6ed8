using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PodIdentity.HealthChecks.Testing;
using WebApp.Tests.Readme;

namespace WebApp.Tests;

public sealed class SampleInProcessTests(NodeOfThisProcess node, SampleInProcess sample) : IClassFixture<SampleInProcess>, IAsyncLifetime
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Every test begins with a node in order.</summary>
    public async ValueTask InitializeAsync()
    {
        await node.RepairAsync();
        await UntilReadyAsync((status, body) => status is HttpStatusCode.OK && StatusOf(body.RootElement) is "Healthy");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("nmi/stopped", "nmi", "NmiUnreachable")]
    [InlineData("nmi/killed", "nmi", "NmiUnreachable")]
    [InlineData("nmi/not-active", "nmi", "NmiNotActive")]
    [InlineData("nmi/stopping", "nmi", "NotIntercepted")]
    [InlineData("nmi/stopping", "pod_identity", "NotIntercepted")]
    [InlineData("identity/unbound", "pod_identity", "IdentityNotBound")]
    [InlineData("identity/deleted", "pod_identity", "IdentityNotFound")]
    public async Task Liveness_stays_while_readiness_says_what_is_broken_and_recovers(string broken, string check, string reason)
    {
        await SwitchAsync(broken);

        await UntilReadyAsync((status, body) => status is HttpStatusCode.ServiceUnavailable && string.Equals(ReasonOf(body, check), reason, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/health/live")).Status);

        await node.RepairAsync();

        await UntilReadyAsync((status, body) => status is HttpStatusCode.OK && StatusOf(body.RootElement) is "Healthy");
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/health/live")).Status);
    }

    [Fact]
    public async Task Throttling_degrades_readiness_and_leaves_the_pod_in_service()
    {
        await SwitchAsync("imds/throttled");

        await UntilReadyAsync((status, body) => status is HttpStatusCode.OK && ReasonOf(body, "pod_identity") is "Throttled" && StatusOf(body.RootElement) is "Degraded");
    }

    [Theory]
    [InlineData("/health/live", "self nmi_liveness")]
    [InlineData("/health/ready", "running pod_identity nmi")]
    [InlineData("/health/startup", "pod_identity nmi nmi_liveness")]
    public async Task Each_endpoint_reports_its_own_checks_for_people_and_for_machines(string path, string checks)
    {
        using var response = await sample.Client.GetAsync(path, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        using var body = JsonDocument.Parse(text);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.StartsWith("{\n  \"status\": \"Healthy\",\n", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        Assert.Equal("status checks", NamesIn(body.RootElement));
        Assert.Equal(checks, NamesIn(body.RootElement.GetProperty("checks")));
        Assert.All(body.RootElement.GetProperty("checks").EnumerateObject(), check =>
        {
            Assert.Equal("status description", NamesIn(check.Value));
            Assert.Equal("Healthy", StatusOf(check.Value));
        });
    }

    [Fact]
    public async Task A_failing_check_says_why_and_what_to_do_beside_its_status()
    {
        await SwitchAsync("nmi/stopped");

        using var body = JsonDocument.Parse((await GetAsync("/health/ready")).Text);

        var nmi = body.RootElement.GetProperty("checks").GetProperty("nmi");
        Assert.Equal("status reason hint description", NamesIn(nmi));
        var hint = nmi.GetProperty("hint").GetString()!;
        Assert.StartsWith("Check the NMI pod on this node (`kubectl", hint, StringComparison.Ordinal);
        var description = nmi.GetProperty("description").GetString();
        Assert.StartsWith("NMI at http", description, StringComparison.Ordinal);
        Assert.DoesNotContain(hint, description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_shows_a_change_once_and_no_error_at_every_probe()
    {
        using var log = new LogLines();
        await using var logged = sample.WithWebHostBuilder(builder => builder.ConfigureLogging(logging => logging.AddProvider(log)));
        using var client = logged.CreateClient();
        await SwitchAsync("nmi/stopped");

        for (var probe = 0; probe < 3; probe++)
        {
            using var response = await client.GetAsync("/health/ready", Cancellation);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        }

        var troubles = log.Lines.Where(line => !line.StartsWith("Information", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.Collection(
            troubles,
            line => Assert.StartsWith("Warning: nmi is failing (NmiUnreachable)", line, StringComparison.Ordinal),
            line => Assert.StartsWith("Warning: pod_identity is failing (NotIntercepted)", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_application_says_whose_token_it_works_with()
    {
        var (status, text) = await GetAsync("/whoami");
        using var answer = JsonDocument.Parse(text);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("clientId expiresOn", NamesIn(answer.RootElement));
        Assert.Equal("1d1e6c3a-6f0b-4f7e-9c55-3a7f0e2b9d10", answer.RootElement.GetProperty("clientId").GetString());
        Assert.True(answer.RootElement.GetProperty("expiresOn").GetDateTimeOffset() > TimeProvider.System.GetUtcNow());
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_answer_holds_any_part_of_a_token_that_was_issued()
    {
        var issued = new ConcurrentBag<string>();
        await using var own = new SampleInProcess(); // with tokens that nobody has asked for before
        sample.Simulator.Imds.TokenFactory = identity =>
        {
            var token = MakeToken(identity);
            issued.Add(token);
            return token;
        };

        var answers = new List<string>();
        foreach (var state in new[] { "active", "stopping", "stopped" })
        {
            await SwitchAsync($"nmi/{state}");
            foreach (var path in new[] { "/health/ready", "/health/startup", "/health/live", "/whoami", "/simulator" })
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
        await using var own = sample.WithWebHostBuilder(builder => builder
            .UseSetting("Guard", "None")
            .UseSetting("PodIdentity:Resource", $"https://{Guid.NewGuid()}.example/")); // a token that nobody has asked for before
        sample.Simulator.Imds.Fault = ImdsFault.Forbidden;
        using var client = own.CreateClient();

        using var response = await client.GetAsync("/whoami", Cancellation);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("GET /health/ready", answer.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_text_of_an_exception_is_not_published()
    {
        await using var failing = sample.WithWebHostBuilder(builder => builder.ConfigureServices(services => services
            .AddHealthChecks()
            .AddCheck("broken", () => throw new InvalidOperationException("Password=hunter2"), tags: ["live"])));
        using var client = failing.CreateClient();

        using var response = await client.GetAsync("/health/live", Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("\"broken\": {\n      \"status\": \"Unhealthy\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_where_the_probe_finds_the_node_in_the_shape_that_the_probes_README_shows()
    {
        var addresses = JsonElement.Parse((await GetAsync("/simulator")).Text).GetProperty("addresses").EnumerateObject().Select(a => new Uri(a.Value.GetString()!)).ToArray();
        var readme = Documents.Read(Documents.Probe);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        Assert.Equal([sample.Simulator.TokenEndpoint, sample.Simulator.NmiHealthEndpoint], addresses);
        Assert.Contains(
            $"podidentity-probe doctor --token-endpoint http://127.0.0.1:40001{addresses[0].AbsolutePath} --nmi-health-endpoint http://127.0.0.1:40002{addresses[1].AbsolutePath}\n",
            readme,
            StringComparison.Ordinal);
        Assert.Contains("curl http://localhost:5080/simulator  ", readme, StringComparison.Ordinal);
        Assert.Equal("Active", await http.GetStringAsync(addresses[1], Cancellation));
    }

    [Fact]
    public async Task In_a_pod_configuration_alone_says_where_everything_is_and_there_are_no_switches()
    {
        await using var other = await PodIdentitySimulator.StartAsync(cancellationToken: Cancellation);
        await using var pod = new WebApplicationFactory<Program>().WithWebHostBuilder(builder => builder
            .UseEnvironment("Production")
            .UseSetting("HOST_IP", other.NmiProbeAddress.Host)
            .UseSetting("ShutdownDelay", "00:00:00")
            .UseSetting("Nmi:Port", $"{other.NmiProbeAddress.Port}")
            .UseSetting("Nmi:MetadataAddress", other.MetadataAddress.ToString())
            .UseSetting("PodIdentity:ClientId", other.Pod.Bound[0].ClientId)
            .UseSetting("PodIdentity:TokenEndpoint", other.TokenEndpoint.ToString())
            .UseSetting("PodIdentity:NmiHealthEndpoint", other.NmiHealthEndpoint.ToString()));
        using var client = pod.CreateClient();

        using var ready = await client.GetAsync("/health/ready", Cancellation);
        using var switched = await client.PostAsync("/simulator/nmi/stopped", content: null, Cancellation);

        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains(other.Pod.Bound[0].ClientId, await ready.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, switched.StatusCode);
        Assert.Null(pod.Services.GetService<PodIdentitySimulator>());
    }

    [Fact]
    public async Task Development_with_a_host_ip_is_a_pod()
    {
        await using var pod = new WebApplicationFactory<Program>().WithWebHostBuilder(builder => builder
            .UseSetting("HOST_IP", "10.240.0.4")
            .UseSetting("PODIDENTITY_STARTUP_GATE_DISABLED", "true")); // nobody answers there

        Assert.Null(pod.Services.GetService<PodIdentitySimulator>());
    }

    [Theory]
    [InlineData("Identity", "self nmi_liveness", "running pod_identity nmi", "pod_identity nmi nmi_liveness")]
    [InlineData("Nmi", "self nmi_liveness", "running nmi", "nmi nmi_liveness")]
    [InlineData("WorkloadIdentity", "self", "running pod_identity", "pod_identity")]
    [InlineData("None", "self", "running", "")]
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
        await SwitchAsync("nmi/stopped");

        using var after = await client.GetAsync("/health/live", Cancellation);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, after.StatusCode);
        Assert.Contains("NmiUnreachable", await after.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using var response = await sample.Client.GetAsync(path, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task SwitchAsync(string name)
    {
        using var response = await sample.Client.PostAsync($"/simulator/{name}", content: null, Cancellation);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Asks until readiness is as it should be. In the end it says what it was instead.</summary>
    private async Task UntilReadyAsync(Func<HttpStatusCode, JsonDocument, bool> seen)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (true)
        {
            var (status, text) = await GetAsync("/health/ready");
            using var body = JsonDocument.Parse(text);
            if (seen(status, body))
            {
                return;
            }

            Assert.False(deadline.IsCancellationRequested, $"Readiness is still {status}: {text}");
        }
    }

    private static string? StatusOf(JsonElement element) => element.GetProperty("status").GetString();

    private static string? ReasonOf(JsonDocument body, string check) =>
        body.RootElement.GetProperty("checks").GetProperty(check).TryGetProperty("reason", out var reason) ? reason.GetString() : null;

    private static string NamesIn(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(p => p.Name));

    private static string MakeToken(SimulatedIdentity identity)
    {
        var claims = JsonSerializer.Serialize(new { appid = identity.ClientId, oid = identity.ObjectId, tid = identity.TenantId });
        return string.Join('.', new[] { """{"alg":"none"}""", claims, Guid.NewGuid().ToString() }
            .Select(part => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part))));
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}
