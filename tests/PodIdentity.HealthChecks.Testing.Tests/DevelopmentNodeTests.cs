using System.Net;
using System.Text.Json;
using Azure.Core;
using Azure.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Testing.Development;

namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>An application on a developer's machine, with real credentials over real sockets.</summary>
[Collection(nameof(DevelopmentApp))]
public sealed class DevelopmentNodeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_Quick_start_is_healthy_and_follows_the_node_at_once()
    {
        var builder = DevelopmentApp.Builder("Development");
        builder.AddPodIdentitySimulator();
        builder.Services.AddHealthChecks().AddPodIdentity().AddNmiHealth();
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        var simulator = app.Services.GetRequiredService<PodIdentitySimulator>();
        var health = app.Services.GetRequiredService<HealthCheckService>();

        var before = await health.CheckHealthAsync(Cancellation);
        await simulator.Nmi.SetStateAsync(NmiState.Stopping);
        var after = await health.CheckHealthAsync(Cancellation);
        await simulator.Nmi.SetStateAsync(NmiState.Active);

        Assert.Equal(HealthStatus.Healthy, before.Status);
        Assert.Equal(nameof(PodIdentityFailureReason.NotIntercepted), after.Entries["nmi"].Data[PodIdentityDataKeys.Reason]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_applications_own_credential_gets_the_identity_that_its_check_names(bool isDefaultCredential)
    {
        var clientId = Guid.NewGuid().ToString();
        var builder = DevelopmentApp.Builder("Development");
        builder.AddPodIdentitySimulator();
        builder.Services.AddHealthChecks().AddPodIdentity(o => o.ClientId = clientId);
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        TokenCredential credential = isDefaultCredential
            ? new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = clientId })
            : new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId));

        var report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        var token = await credential.GetTokenAsync(new TokenRequestContext([$"https://{Guid.NewGuid()}.example/.default"]), Cancellation);

        Assert.Equal(clientId, report.Entries["pod_identity"].Data[PodIdentityDataKeys.ClientId]);
        Assert.Contains(
            $"\"appid\":\"{clientId}\"",
            System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Token.Split('.')[1])),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_pod_has_the_identity_that_a_check_expects()
    {
        var (objectId, tenantId, resourceId) = ($"{Guid.NewGuid()}", $"{Guid.NewGuid()}", $"/subscriptions/{Guid.NewGuid()}");
        var node = DevelopmentNode.GetOrStart(configure: null);

        node.Provide(this, new() { ExpectedObjectId = objectId, ExpectedTenantId = tenantId, ResourceId = resourceId });
        var bound = node.Simulator.Pod.Bound;
        node.Leave(this);

        Assert.Single(bound, i => (i.ObjectId, i.TenantId, i.ResourceId) == (objectId, tenantId, resourceId));
        Assert.DoesNotContain(node.Simulator.Pod.Bound, i => string.Equals(i.ObjectId, objectId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_application_sets_stays()
    {
        var builder = DevelopmentApp.Builder("Development");
        var theirs = new Uri("http://10.240.0.4:8085/healthz");
        var kept = TimeSpan.FromSeconds(7);
        builder.Services.AddHealthChecks().AddNmiHealth(o =>
            (o.Endpoint, o.MetadataAddress, o.ResultLifetime, o.FailureLifetime) = (theirs, theirs, kept, kept));
        builder.AddPodIdentitySimulator(); // after the checks as well as before
        await using var app = builder.Build();

        var options = app.Services.GetRequiredService<IOptionsMonitor<NmiHealthCheckOptions>>().Get("nmi");

        Assert.Equal((theirs, theirs, kept, kept), (options.Endpoint, options.MetadataAddress, options.ResultLifetime, options.FailureLifetime));
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    public void It_refuses_any_other_environment_than_Development(string environment)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => DevelopmentApp.Builder(environment).AddPodIdentitySimulator());

        Assert.StartsWith($"AddPodIdentitySimulator() is for Development only, and the environment is {environment}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AZURE_FEDERATED_TOKEN_FILE")]
    [InlineData("IDENTITY_ENDPOINT")]
    [InlineData("MSI_ENDPOINT")]
    public void It_refuses_a_process_whose_credentials_would_ask_somebody_else(string variable)
    {
        Environment.SetEnvironmentVariable(variable, "x");
        try
        {
            var refusal = Assert.Throws<InvalidOperationException>(() => DevelopmentApp.Builder("Development").AddPodIdentitySimulator());

            Assert.EndsWith($"Example: unset {variable}", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public async Task Its_switches_need_the_node()
    {
        await using var app = DevelopmentApp.Builder("Production").Build();

        var refusal = Assert.Throws<InvalidOperationException>(() => app.MapPodIdentitySimulator());

        Assert.Contains("needs builder.AddPodIdentitySimulator()", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nmi/not-active", "not-active", "bound", "none")]
    [InlineData("nmi/stopping", "stopping", "bound", "none")]
    [InlineData("nmi/stopped", "stopped", "bound", "none")]
    [InlineData("nmi/killed", "killed", "bound", "none")]
    [InlineData("identity/unbound", "active", "unbound", "none")]
    [InlineData("identity/deleted", "active", "deleted", "none")]
    [InlineData("imds/throttled", "active", "bound", "throttled")]
    [InlineData("imds/internal-error", "active", "bound", "internal-error")]
    [InlineData("identity/created", "active", "created", "none")]
    [InlineData("preset/nmi-killed", "killed", "bound", "none")]
    public async Task A_switch_answers_with_the_state_that_it_made(string name, string nmi, string identity, string imds)
    {
        await using var app = await DevelopmentApp.StartAsync();
        using var client = app.Client();

        var switched = await SwitchAsync(name);
        using var described = JsonDocument.Parse(await client.GetStringAsync("/simulator", Cancellation));
        foreach (var repaired in new[] { "nmi/active", "identity/bound", "imds/none" })
        {
            await SwitchAsync(repaired);
        }

        Assert.StartsWith($"{{\n  \"nmi\": \"{nmi}\",\n  \"identity\": \"{identity}\",\n  \"imds\": \"{imds}\",\n", switched, StringComparison.Ordinal);
        Assert.Equal([nmi, identity, imds], new[] { "nmi", "identity", "imds" }.Select(s => described.RootElement.GetProperty(s).GetString()!), StringComparer.Ordinal);

        async Task<string> SwitchAsync(string to)
        {
            using var response = await client.PostAsync($"/simulator/{to}", content: null, Cancellation);
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadAsStringAsync(Cancellation);
        }
    }

    [Theory]
    [InlineData("nmi/dead")]
    [InlineData("nmi/1")]
    [InlineData("nmi/Stopped")]
    [InlineData("identity/drop")]
    [InlineData("disk/full")]
    public async Task An_unknown_switch_is_refused_with_those_that_there_are(string name)
    {
        await using var app = await DevelopmentApp.StartAsync();
        using var client = app.Client();

        using var response = await client.PostAsync($"/simulator/{name}", content: null, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("/simulator/nmi/: active, not-active, stopping, stopped, killed\n", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_another_site_switches_nothing()
    {
        await using var app = await DevelopmentApp.StartAsync();
        using var client = app.Client();
        client.DefaultRequestHeaders.Add("Origin", "http://evil.example");

        using var response = await client.PostAsync("/simulator/nmi/stopped", content: null, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(NmiState.Active, app.Services.GetRequiredService<PodIdentitySimulator>().Nmi.State);
    }

    [Theory]
    [InlineData("127.0.0.1", "localhost:5080", null, true)]
    [InlineData("::1", "[::1]:5080", null, true)]
    [InlineData("127.0.0.1", "127.0.0.1:5080", "http://127.0.0.1:5080", true)]
    [InlineData(null, "localhost", null, true)]
    [InlineData("10.0.0.9", "localhost:5080", null, false)]
    [InlineData("127.0.0.1", "rebound.example:5080", null, false)]
    [InlineData("127.0.0.1", "localhost:5080", "http://localhost:5081", false)]
    [InlineData("127.0.0.1", "localhost:5080", "https://localhost:5080", false)]
    [InlineData("127.0.0.1", "localhost:5080", "null", false)]
    public void Only_this_machine_and_no_other_site_may_switch(string? address, string host, string? origin, bool isLocal)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = address is null ? null : IPAddress.Parse(address);
        context.Request.Scheme = "http";
        context.Request.Host = new HostString(host);
        context.Request.Headers.Origin = origin;

        Assert.Equal(isLocal, Caller.IsLocal(context));
    }

    [Theory]
    [InlineData("POST", null, null, null, true)]
    [InlineData("POST", "same-origin", "cors", "empty", true)]
    [InlineData("GET", "none", "navigate", "document", true)]
    [InlineData("GET", "cross-site", "navigate", "document", true)] // a link
    [InlineData("GET", "cross-site", "navigate", "iframe", false)]
    [InlineData("GET", "cross-site", "no-cors", "script", false)]
    [InlineData("GET", "same-site", "cors", "empty", false)]
    [InlineData("POST", "cross-site", "navigate", "document", false)] // a form
    [InlineData("POST", "same-site", "no-cors", "empty", false)] // another port of this machine
    public void A_browser_that_says_where_a_request_comes_from_is_believed(string method, string? site, string? mode, string? destination, bool isLocal)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("localhost:5080");
        foreach (var (name, value) in new[] { ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", destination) })
        {
            context.Request.Headers[name] = value;
        }

        Assert.Equal(isLocal, Caller.IsLocal(context));
    }

    [Theory]
    [InlineData("Forwarded")]
    [InlineData("X-Forwarded-For")]
    public void Whoever_comes_by_a_proxy_of_this_machine_is_somewhere_else(string header)
    {
        var context = new DefaultHttpContext();
        context.Request.Host = new HostString("localhost:5080");
        context.Request.Headers[header] = "for=203.0.113.9";

        Assert.False(Caller.IsLocal(context));
    }
}
