using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace PodIdentity.HealthChecks.Testing.Tests.Page;

/// <summary>Each switch of the page, by HTTP, and what it makes of the node.</summary>
[Collection(nameof(DevelopmentApp))]
public sealed class SwitchesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_value_of_every_switch_and_every_story_can_be_set_and_all_in_order_undoes_it()
    {
        await using var app = await DevelopmentApp.StartAsync();
        using var client = app.Client();
        using var described = JsonDocument.Parse(await client.GetStringAsync("/simulator", Cancellation));
        var before = Values(described.RootElement);

        foreach (var (path, value) in described.RootElement.GetProperty("switches").EnumerateObject()
            .SelectMany(s => s.Value.EnumerateArray().Select(v => (s.Name["POST ".Length..], v.GetString()!))))
        {
            var state = await SetAsync(path + value);
            if (path is not "/simulator/preset/")
            {
                Assert.Equal(value, state[path.Split('/')[2]]);
            }

            Assert.Equal(before, await SetAsync("/simulator/preset/in-order"));
        }

        async Task<Dictionary<string, string>> SetAsync(string path)
        {
            using var response = await client.PostAsync(path, content: null, Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            using var state = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
            return Values(state.RootElement);
        }

        static Dictionary<string, string> Values(JsonElement state) => state.EnumerateObject()
            .Where(p => p.Value.ValueKind is JsonValueKind.String)
            .ToDictionary(p => p.Name, p => p.Value.GetString()!, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("pod/unknown", 500)]
    [InlineData("tokens/expired", 200)]
    [InlineData("proxy/on", 200)]
    [InlineData("proxy/refused", 500)]
    [InlineData("imds/forbidden", 403)]
    public async Task The_node_answers_as_the_switch_says(string to, int status)
    {
        await using var app = await DevelopmentApp.StartAsync();
        using var client = app.Client();
        using var switched = await client.PostAsync($"/simulator/{to}", content: null, Cancellation);

        var answer = await Ask.TokenAsync(app.Services.GetRequiredService<PodIdentitySimulator>());
        using var repaired = await client.PostAsync("/simulator/preset/in-order", content: null, Cancellation);

        Assert.Equal(status, answer.Status);
    }
}
