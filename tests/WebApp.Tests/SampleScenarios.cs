using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace WebApp.Tests;

/// <summary>What holds for the sample on a laptop, however it is started.</summary>
public abstract class SampleScenarios(ISample sample) : IAsyncLifetime
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HttpClient Client => sample.Client;

    /// <summary>Every test begins with a node in order.</summary>
    public async ValueTask InitializeAsync()
    {
        await SwitchAsync("nmi/active");
        await SwitchAsync("identity/bind");
        await SwitchAsync("imds/none");
        await UntilReadyAsync((status, body) => status is HttpStatusCode.OK && StatusOf(body.RootElement) is "Healthy");
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("nmi/stopped", "nmi", "NmiUnreachable")]
    [InlineData("nmi/killed", "nmi", "NmiUnreachable")]
    [InlineData("nmi/not-active", "nmi", "NmiNotActive")]
    [InlineData("nmi/stopping", "nmi", "NotIntercepted")]
    [InlineData("nmi/stopping", "pod_identity", "NotIntercepted")]
    [InlineData("identity/unbind", "pod_identity", "IdentityNotBound")]
    [InlineData("identity/delete", "pod_identity", "IdentityNotFound")]
    public async Task Liveness_stays_while_readiness_says_what_is_broken_and_recovers(string broken, string check, string reason)
    {
        await SwitchAsync(broken);

        await UntilReadyAsync((status, body) => status is HttpStatusCode.ServiceUnavailable && string.Equals(ReasonOf(body, check), reason, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/health/live")).Status);

        await SwitchAsync("nmi/active");
        await SwitchAsync("identity/bind");

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
    [InlineData("/health/ready", "pod_identity nmi")]
    [InlineData("/health/startup", "pod_identity nmi nmi_liveness")]
    public async Task Each_endpoint_reports_its_own_checks_as_compact_json(string path, string checks)
    {
        using var response = await Client.GetAsync(path, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        using var body = JsonDocument.Parse(text);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.DoesNotContain('\n', text);
        Assert.Equal("status checks", NamesIn(body.RootElement));
        Assert.Equal(checks, NamesIn(body.RootElement.GetProperty("checks")));
        Assert.All(body.RootElement.GetProperty("checks").EnumerateObject(), check =>
        {
            Assert.Equal("status description durationMs", NamesIn(check.Value));
            Assert.Equal("Healthy", StatusOf(check.Value));
            Assert.Equal(JsonValueKind.Number, check.Value.GetProperty("durationMs").ValueKind);
        });
    }

    [Fact]
    public async Task A_failing_check_says_why_beside_its_description()
    {
        await SwitchAsync("nmi/stopped");

        using var body = await UntilReadyAsync((_, b) => ReasonOf(b, "nmi") is not null);

        var nmi = body.RootElement.GetProperty("checks").GetProperty("nmi");
        Assert.Equal("status description reason durationMs", NamesIn(nmi));
        Assert.Contains("kubectl", nmi.GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_application_says_whose_token_it_works_with()
    {
        var answer = await Client.GetFromJsonAsync<JsonElement>("/whoami", Cancellation);

        Assert.Equal("clientId tenantId expiresOn", NamesIn(answer));
        Assert.Equal("1d1e6c3a-6f0b-4f7e-9c55-3a7f0e2b9d10", answer.GetProperty("clientId").GetString());
        Assert.True(Guid.TryParse(answer.GetProperty("tenantId").GetString(), out _));
        Assert.True(answer.GetProperty("expiresOn").GetDateTimeOffset() > TimeProvider.System.GetUtcNow());
    }

    [Theory]
    [InlineData("nmi/active", "active", "bound", "none")]
    [InlineData("nmi/not-active", "not-active", "bound", "none")]
    [InlineData("nmi/stopping", "stopping", "bound", "none")]
    [InlineData("nmi/stopped", "stopped", "bound", "none")]
    [InlineData("nmi/killed", "killed", "bound", "none")]
    [InlineData("identity/unbind", "active", "unbound", "none")]
    [InlineData("identity/delete", "active", "deleted", "none")]
    [InlineData("identity/bind", "active", "bound", "none")]
    [InlineData("imds/throttled", "active", "bound", "throttled")]
    [InlineData("imds/internal-error", "active", "bound", "internal-error")]
    public async Task A_switch_answers_with_the_state_that_it_made(string name, string nmi, string identity, string imds)
    {
        var answer = await SwitchAsync(name);

        Assert.Equal($$"""{"nmi":"{{nmi}}","identity":"{{identity}}","imds":"{{imds}}"}""", answer.ToString());
        Assert.Equal(answer.ToString(), (await GetAsync("/simulator")).Text);
    }

    [Theory]
    [InlineData("nmi/dead", "active, not-active, stopping, stopped, killed")]
    [InlineData("nmi/1", "active, not-active, stopping, stopped, killed")]
    [InlineData("nmi/Stopped", "active, not-active, stopping, stopped, killed")]
    [InlineData("identity/drop", "bind, unbind, delete")]
    [InlineData("imds/tired", "none, throttled, not-found")]
    public async Task An_unknown_switch_is_refused_with_the_valid_ones(string name, string valid)
    {
        using var response = await Client.PostAsync($"/simulator/{name}", content: null, Cancellation);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(valid, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nmi/active")]
    [InlineData("nmi/stopped")]
    [InlineData("nmi/stopping")]
    [InlineData("identity/unbind")]
    [InlineData("imds/throttled")]
    [InlineData("imds/no-token")]
    public async Task No_answer_holds_anything_like_a_token(string name)
    {
        await SwitchAsync(name);

        foreach (var path in new[] { "/", "/health/live", "/health/ready", "/health/startup", "/whoami", "/simulator" })
        {
            Assert.DoesNotContain("eyJ", (await GetAsync(path)).Text, StringComparison.Ordinal);
        }
    }

    protected async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    protected async Task<JsonElement> SwitchAsync(string name)
    {
        using var response = await Client.PostAsync($"/simulator/{name}", content: null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    /// <summary>Asks until readiness is as it should be. In the end it says what it was instead.</summary>
    protected async Task<JsonDocument> UntilReadyAsync(Func<HttpStatusCode, JsonDocument, bool> seen)
    {
        using var deadline = new CancellationTokenSource(Generous, TimeProvider.System);
        while (true)
        {
            var (status, text) = await GetAsync("/health/ready");
            var body = JsonDocument.Parse(text);
            if (seen(status, body))
            {
                return body;
            }

            Assert.False(deadline.IsCancellationRequested, $"Readiness is still {status}: {text}");
        }
    }

    private static string? StatusOf(JsonElement element) => element.GetProperty("status").GetString();

    private static string? ReasonOf(JsonDocument body, string check) =>
        body.RootElement.GetProperty("checks").GetProperty(check).TryGetProperty("reason", out var reason) ? reason.GetString() : null;

    private static string NamesIn(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(p => p.Name));
}
