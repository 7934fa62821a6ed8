using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Testing.Development.Page;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests.Page;

/// <summary>The page over HTTP, of an application with real checks. What a browser makes of it is tested with the sample.</summary>
[Collection(nameof(DevelopmentApp))]
public sealed class SimulatorPageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", "text/html")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/json", "application/json")]
    [InlineData(null, "application/json")]
    public async Task A_browser_gets_a_page_and_everybody_else_JSON(string? accept, string contentType)
    {
        await using var app = await DevelopmentApp.StartAsync();
        using var client = app.Client();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);

        using var response = await client.GetAsync("/simulator", Cancellation);

        Assert.Equal(contentType, response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/simulator", "text/html", "<title>Simulated node</title>")]
    [InlineData("/simulator/page.css", "text/css", "prefers-color-scheme: dark")]
    [InlineData("/simulator/page.js", "text/javascript", "EventSource")]
    public async Task Its_files_load_nothing_else_and_may_not_be_framed(string path, string contentType, string text)
    {
        await using var app = await DevelopmentApp.StartAsync();
        using var client = app.Client();
        client.DefaultRequestHeaders.Add("Accept", "text/html,*/*");

        using var response = await client.GetAsync(path, Cancellation);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        var body = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(contentType, response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(text, body, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; ", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.DoesNotContain("innerHTML", body, StringComparison.Ordinal);
        Assert.DoesNotContain("http", body, StringComparison.Ordinal); // no address of anybody else
    }

    [Fact]
    public async Task A_slash_at_the_end_leads_to_the_address_that_its_links_are_relative_to()
    {
        await using var app = await DevelopmentApp.StartAsync(map: a => a.UsePathBase("/base").UseRouting());
        using var client = app.Client();
        client.DefaultRequestHeaders.Add("Accept", "text/html");

        using var response = await client.GetAsync("/base/simulator/", Cancellation);

        Assert.Equal("/base/simulator", response.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Its_stream_tells_the_node_once_and_then_what_each_lane_says()
    {
        await using var app = await StartAsync();
        using var client = app.Client();
        using var stream = new StreamReader(await client.GetStreamAsync("/simulator/events", Cancellation));

        var node = await NextAsync(stream, "node");
        var sample = await NextAsync(stream, "sample");
        var next = await NextAsync(stream, "sample");

        Assert.Equal("nmi identity imds proxy tokens node pod mode flag limits latency", Names(node.GetProperty("switches")));
        Assert.Equal("/health/live /health/ready", string.Join(' ', node.GetProperty("healthEndpoints").EnumerateArray()));
        Assert.Equal("pod_identity nmi patient GetTokenAsync() curl --fail /healthz = Active", Names(sample.GetProperty("lanes")));
        Assert.Equal([true, false, false, true, true, true], sample.GetProperty("lanes").EnumerateArray().Select(l => l.GetProperty("isJudged").GetBoolean()));
        Assert.True(next.GetProperty("at").GetDateTimeOffset() > sample.GetProperty("at").GetDateTimeOffset());
        Assert.Equal("Token", sample.GetProperty("truth").GetProperty("segments")[0].GetProperty("reason").GetString());
        Assert.Equal("active", sample.GetProperty("switches").GetProperty("nmi").GetString());
        await UntilListedAsync().OrHung();

        async Task UntilListedAsync()
        {
            while (!next.GetProperty("requests").EnumerateArray().Any(r => r.GetProperty("askedBy").GetString() is "curl" && r.GetProperty("answeredBy").GetString() is "NMI → IMDS"))
            {
                next = await NextAsync(stream, "sample");
            }
        }
    }

    [Fact]
    public async Task What_was_broken_before_the_page_was_opened_leaves_the_pod_its_last_token()
    {
        await using var app = await StartAsync();
        using var client = app.Client();
        (await client.PostAsync("/simulator/imds/throttled", content: null, Cancellation)).Dispose();

        using var stream = new StreamReader(await client.GetStreamAsync("/simulator/events", Cancellation));
        var sample = await NextAsync(stream, "sample");

        Assert.Equal("Last token valid", sample.GetProperty("truth").GetProperty("segments")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task No_message_holds_any_part_of_a_token()
    {
        await using var app = await StartAsync();
        var simulator = app.Services.GetRequiredService<PodIdentitySimulator>();
        using var client = app.Client();
        using var stream = new StreamReader(await client.GetStreamAsync("/simulator/events", Cancellation));
        await NextAsync(stream, "sample");
        await NextAsync(stream, "sample");
        var message = (await NextAsync(stream, "sample")).GetRawText() + await client.GetStringAsync("/simulator/timeline", Cancellation);

        Assert.NotEmpty(simulator.Requests);
        Assert.DoesNotContain("eyJ", message, StringComparison.Ordinal); // every JWT begins with it
    }

    [Fact]
    public async Task The_timeline_can_be_kept_as_a_file()
    {
        await using var app = await StartAsync();
        using var client = app.Client();
        using var stream = new StreamReader(await client.GetStreamAsync("/simulator/events", Cancellation));
        await NextAsync(stream, "sample");

        using var response = await client.GetAsync("/simulator/timeline", Cancellation);
        using var file = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));

        Assert.Equal("attachment; filename=\"pod-identity-timeline.json\"", response.Content.Headers.ContentDisposition?.ToString());
        Assert.Equal(6, file.RootElement.GetProperty("lanes").GetArrayLength());
        Assert.NotEqual(0, file.RootElement.GetProperty("truth").GetProperty("segments").GetArrayLength());
    }

    [Fact]
    public async Task An_open_page_does_not_hold_the_end_of_the_application_up()
    {
        await using var app = await StartAsync();
        using var client = app.Client();
        using var stream = new StreamReader(await client.GetStreamAsync("/simulator/events", Cancellation));
        await NextAsync(stream, "node");

        await app.StopAsync(Cancellation).OrHung();
    }

    [Theory]
    [InlineData("/simulator")]
    [InlineData("/simulator/events")]
    [InlineData("/simulator/timeline")]
    [InlineData("/simulator/page.js")]
    public async Task No_other_site_reads_anything(string path)
    {
        await using var app = await StartAsync();
        using var client = app.Client();
        client.DefaultRequestHeaders.Add("Origin", "http://evil.example");

        using var response = await client.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A credential asks where the process's node is, so this one needs it, too.</summary>
    [Fact]
    public async Task A_credential_is_content_with_its_cache_and_without_a_token_it_leaves_the_others_time()
    {
        await using var app = await DevelopmentApp.StartAsync();
        var simulator = app.Services.GetRequiredService<PodIdentitySimulator>();
        var clock = new ManualTimeProvider();
        var clientId = Guid.NewGuid().ToString(); // nothing is cached for it
        using var lanes = new NaiveLanes(simulator, new() { ClientId = clientId }, clock);
        var credential = lanes.All[0];
        simulator.Nmi.Mode = NmiMode.Managed;

        await credential.AskAsync(Cancellation).OrHung();
        var first = credential.Last;
        var identity = new SimulatedIdentity("late") { ClientId = clientId };
        simulator.Pod.Bind(identity);
        await credential.AskAsync(Cancellation).OrHung();
        var resting = credential.Last;
        clock.Advance(TimeSpan.FromSeconds(10));
        await credential.AskAsync(Cancellation).OrHung();
        var late = credential.Last;
        simulator.Pod.Unbind(identity);
        simulator.Imds.RemoveUserAssigned(identity);
        await credential.AskAsync(Cancellation).OrHung();
        simulator.Nmi.Mode = NmiMode.Standard;

        Assert.Equal((false, false, true, true), (first!.Passes, resting!.Passes, late!.Passes, credential.Last!.Passes));
        Assert.Equal(2, simulator.Requests.Count(r => !r.Forwarded && r.Query.Contains(clientId, StringComparison.Ordinal)));
    }

    private static Task<WebApplication> StartAsync() => DevelopmentApp.StartAsync(
        builder => builder.Services.AddHealthChecks()
            .AddPodIdentity()
            .AddNmiHealth()
            .AddNmiHealth(o => o.FailureGracePeriod = TimeSpan.FromMinutes(5), name: "patient")
            .AddCheck("other", () => HealthCheckResult.Healthy()),
        app =>
        {
            app.MapHealthChecks("/health/live");
            app.MapHealthChecks("/health/ready");
            app.MapGet("/other", () => "");
        });

    private static string Names(JsonElement all) => string.Join(' ', all.EnumerateArray().Select(one => one.GetProperty("name").GetString()));

    /// <summary>Reads up to the next event of a name.</summary>
    private static async Task<JsonElement> NextAsync(StreamReader stream, string name)
    {
        while (await stream.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.Equals($"event: {name}", StringComparison.Ordinal))
            {
                return JsonElement.Parse((await stream.ReadLineAsync(Cancellation))!["data: ".Length..]);
            }
        }

        throw new InvalidOperationException($"The stream ended without another {name}.");
    }
}
