using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>What can be broken by HTTP: each switch with its values, and the one that it is at.</summary>
internal sealed class Switches
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly DevelopmentNode _node;
    private readonly Dictionary<string, Switch> _switches;

    public Switches(DevelopmentNode node)
    {
        _node = node;
        var simulator = node.Simulator;
        _switches = new(StringComparer.Ordinal)
        {
            ["nmi"] = Of(() => simulator.Nmi.State, simulator.Nmi.SetStateAsync),
            ["identity"] = Of(Identity, SetIdentityAsync),
            ["imds"] = Of(() => simulator.Imds.Fault, fault =>
            {
                simulator.Imds.Fault = fault;
                return Task.CompletedTask;
            }),
        };
    }

    private enum IdentityState
    {
        Bound,
        Unbound,
        Deleted,
    }

    public Task DescribeAsync(HttpContext context)
    {
        var state = State();
        state["switches"] = new JsonObject(_switches.Select(s => KeyValuePair.Create(
            $"POST /simulator/{s.Key}/", (JsonNode?)new JsonArray([.. s.Value.Values.Select(v => (JsonNode?)v)]))));
        return WriteAsync(context, state);
    }

    public async Task SetAsync(HttpContext context)
    {
        var name = (string?)context.Request.RouteValues["name"] ?? "";
        var value = (string?)context.Request.RouteValues["value"] ?? "";
        if (_switches.GetValueOrDefault(name) is not { } found || !found.Values.Contains(value, StringComparer.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            var valid = _switches.Select(s => $"/simulator/{s.Key}/: {string.Join(", ", s.Value.Values)}");
            await context.Response.WriteAsync($"There is no such switch. There are\n{string.Join('\n', valid)}\n").ConfigureAwait(false);
            return;
        }

        await found.SetAsync(value).ConfigureAwait(false);
        await WriteAsync(context, State()).ConfigureAwait(false);
    }

    private static Switch Of<T>(Func<T> get, Func<T, Task> setAsync)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>().ToDictionary(NameOf, v => v, StringComparer.Ordinal);
        return new Switch([.. values.Keys], () => NameOf(get()), name => setAsync(values[name]));

        static string NameOf(T value) => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
    }

    private static Task WriteAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(Indented) + "\n");
    }

    private JsonObject State() => new(_switches.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value.Get())));

    private IdentityState Identity() =>
        _node.Identities.Any(i => !_node.Simulator.Imds.UserAssigned.Contains(i)) ? IdentityState.Deleted
        : _node.Identities.Any(i => !_node.Simulator.Pod.Bound.Contains(i)) ? IdentityState.Unbound
        : IdentityState.Bound;

    private Task SetIdentityAsync(IdentityState state)
    {
        foreach (var identity in _node.Identities)
        {
            _node.Simulator.Pod.Bind(identity); // puts it on the node as well
            if (state is IdentityState.Unbound)
            {
                _node.Simulator.Pod.Unbind(identity);
            }
            else if (state is IdentityState.Deleted)
            {
                _node.Simulator.Imds.RemoveUserAssigned(identity);
            }
        }

        return Task.CompletedTask;
    }

    private sealed record Switch(IReadOnlyList<string> Values, Func<string> Get, Func<string, Task> SetAsync);
}
