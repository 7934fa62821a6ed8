using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>What can be broken by HTTP: each switch with its values, and the one that it is at.</summary>
internal sealed class Switches
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly TimeSpan SlowLatency = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortLifetime = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan FullLifetime = TimeSpan.FromHours(24);

    private readonly DevelopmentNode _node;
    private readonly PodIdentitySimulator _simulator;
    private readonly (IReadOnlyList<Switch> Switches, Presets Presets) _ofNmi;
    private readonly (IReadOnlyList<Switch> Switches, Presets Presets) _ofEntra;

    /// <param name="node">What they break.</param>
    public Switches(DevelopmentNode node)
    {
        _node = node;
        _simulator = node.Simulator;
        var (nmi, imds, entra) = (_simulator.Nmi, _simulator.Imds, _simulator.Entra);
        var imdsFault = Switch.Of("imds", "IMDS fault", Meanings.Of, () => imds.Fault, fault => imds.Fault = fault);
        var nodeIdentity = Switch.Of("node", "Node's identity", Meanings.Of, () => imds.SystemAssigned is null ? NodeIdentityState.Absent : NodeIdentityState.Present, SetNodeIdentity);
        _ofNmi = With(
        [
            Switch.Of("nmi", "NMI", Meanings.Of, () => nmi.State, nmi.SetStateAsync),
            Switch.Of("identity", "Pod's identity", Meanings.Of, ReadIdentity, SetIdentity),
            imdsFault,
            Switch.Of("proxy", "Workload identity sidecar", Meanings.Of, ReadProxy, SetProxy),
            Switch.Of("tokens", "Token lifetime", Meanings.Of, () => StateOf(imds.TokenLifetime), state => imds.TokenLifetime = LifetimeOf(state)),
            nodeIdentity,
            Switch.Of("pod", "Pod, as NMI sees it", Meanings.Of, ReadPod, SetPod),
            Switch.Of("mode", "NMI's mode", Meanings.Of, () => nmi.Mode, mode => nmi.Mode = mode),
            Switch.Of("flag", "NMI's flags", Meanings.Of, ReadFlag, SetFlag),
            Switch.Of("limits", "IMDS limits", Meanings.Of, () => imds.Throttling ? LimitState.On : LimitState.Off, state => imds.Throttling = state is LimitState.On),
            Switch.Of("latency", "IMDS latency", Meanings.Of, () => imds.Latency > TimeSpan.Zero ? LatencyState.Slow : LatencyState.None, SetLatency),
        ]);
        _ofEntra = With(
        [
            Switch.Of("webhook", "Webhook", Meanings.Of, () => node.Workload?.TokenFile is null ? WebhookState.Missed : WebhookState.Injected, SetWebhook),
            Switch.Of("federation", "Federated credential", Meanings.Of, () => node.Injected.HasFederation() ? FederationState.Present : FederationState.Deleted, SetFederation),
            Switch.Of("entra", "Microsoft Entra ID fault", Meanings.Of, () => entra.Fault, fault => entra.Fault = fault),
            Switch.Of("tokens", "Token lifetime", Meanings.Of, () => StateOf(entra.TokenLifetime), state => entra.TokenLifetime = LifetimeOf(state)),
            imdsFault,
            nodeIdentity,
        ]);

        (IReadOnlyList<Switch> Switches, Presets Presets) With(IReadOnlyList<Switch> switches) => (switches, new Presets(switches, _simulator.Time));
    }

    public IReadOnlyList<Switch> All => Current.Switches;

    /// <summary>Gets the stories that there are for the pod.</summary>
    public IReadOnlyList<Preset> Stories => Presets.Of(IsFederated);

    /// <summary>Gets the story that was chosen last.</summary>
    public StoryTold? Story => Current.Presets.Told;

    /// <summary>Gets whether the pod is one of workload identity. That is known when the application has started.</summary>
    private bool IsFederated => _node.Workload is not null;

    private (IReadOnlyList<Switch> Switches, Presets Presets) Current => IsFederated ? _ofEntra : _ofNmi;

    /// <summary>Ends the stories: nobody is left to watch them.</summary>
    public void End()
    {
        _ofNmi.Presets.End();
        _ofEntra.Presets.End();
    }

    /// <summary>Where each switch stands, by its name.</summary>
    public IReadOnlyDictionary<string, string> Read() => All.ToDictionary(s => s.Name, s => s.Get(), StringComparer.Ordinal);

    public Task DescribeAsync(HttpContext context)
    {
        var state = State();
        state["addresses"] = new JsonObject
        {
            ["tokenEndpoint"] = _simulator.TokenEndpoint.AbsoluteUri,
            ["nmiHealthEndpoint"] = _simulator.NmiHealthEndpoint.AbsoluteUri,
        };
        state["switches"] = new JsonObject(All.Select(s => Values($"POST /simulator/{s.Name}/", s.Values.Select(v => v.Name)))
            .Append(Values("POST /simulator/preset/", Stories.Select(p => p.Name))));
        return WriteAsync(context, state);

        static KeyValuePair<string, JsonNode?> Values(string key, IEnumerable<string> names) => new(key, new JsonArray([.. names.Select(n => (JsonNode?)n)]));
    }

    public async Task SetAsync(HttpContext context)
    {
        var name = (string?)context.Request.RouteValues["name"] ?? "";
        var value = (string?)context.Request.RouteValues["value"] ?? "";
        if (Stories.FirstOrDefault(p => name is "preset" && p.Name.Equals(value, StringComparison.Ordinal)) is { } preset)
        {
            await Current.Presets.ApplyAsync(preset).ConfigureAwait(false);
        }
        else if (All.FirstOrDefault(s => s.Name.Equals(name, StringComparison.Ordinal) && s.Has(value)) is { } found)
        {
            Current.Presets.Leave();
            await found.SetAsync(value).ConfigureAwait(false);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            var valid = All.Select(s => $"/simulator/{s.Name}/: {string.Join(", ", s.Values.Select(v => v.Name))}")
                .Append($"/simulator/preset/: {string.Join(", ", Stories.Select(p => p.Name))}");
            await context.Response.WriteAsync($"There is no such switch or value. The switches and their values are:\n{string.Join('\n', valid)}\n").ConfigureAwait(false);
            return;
        }

        await WriteAsync(context, State()).ConfigureAwait(false);
    }

    private static Task WriteAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(Indented) + "\n");
    }

    private static TimeSpan LifetimeOf(TokenState state) => state switch
    {
        TokenState.Full => FullLifetime,
        TokenState.Short => ShortLifetime,
        _ => -ShortLifetime,
    };

    private JsonObject State() => new(All.Select(s => KeyValuePair.Create(s.Name, (JsonNode?)s.Get())));

    private IdentityState ReadIdentity() =>
        _node.Identities.Any(i => !_simulator.Imds.UserAssigned.Contains(i) && _simulator.Pod.StateOf(i) is BindingState.Assigned) ? IdentityState.Deleted
        : _node.Identities.Any(i => _simulator.Pod.StateOf(i) is BindingState.None) ? IdentityState.Unbound
        : _node.Identities.Any(i => _simulator.Pod.StateOf(i) is BindingState.Created) ? IdentityState.Created
        : IdentityState.Bound;

    private void SetIdentity(IdentityState state)
    {
        foreach (var identity in _node.Identities)
        {
            _simulator.Pod.Bind(identity); // puts it on the node as well
            if (state is IdentityState.Unbound)
            {
                _simulator.Pod.Unbind(identity);
            }
            else if (state is IdentityState.Created)
            {
                _simulator.Pod.Bind(identity, assigned: false);
            }

            if (state is IdentityState.Deleted or IdentityState.Created)
            {
                _simulator.Imds.RemoveUserAssigned(identity);
            }
        }
    }

    private ProxyState ReadProxy() => !_simulator.Proxy.Enabled ? ProxyState.Off
        : _simulator.Proxy.EntraError is null ? ProxyState.On
        : ProxyState.Refused;

    private void SetProxy(ProxyState state)
    {
        _simulator.Proxy.DefaultClientId = _node.Identities[0].ClientId;
        _simulator.Proxy.EntraError = state is ProxyState.Refused ? "AADSTS70021: No matching federated identity record found for presented assertion" : null;
        _simulator.Proxy.Enabled = state is not ProxyState.Off;
    }

    private static TokenState StateOf(TimeSpan lifetime) => lifetime <= TimeSpan.Zero ? TokenState.Expired
        : lifetime <= ShortLifetime ? TokenState.Short
        : TokenState.Full;

    private void SetWebhook(WebhookState state)
    {
        if (state is WebhookState.Missed != _node.Workload?.TokenFile is null)
        {
            _node.Injected.Replace(isMissed: state is WebhookState.Missed);
        }
    }

    private void SetFederation(FederationState state) => _node.Injected.SetFederation(state is FederationState.Present);

    private void SetNodeIdentity(NodeIdentityState state) => _simulator.Imds.SystemAssigned = state is NodeIdentityState.Present ? _node.NodeIdentity : null;

    private PodState ReadPod() => _simulator.Pod.Excepted ? PodState.Excepted
        : _simulator.UnknownCallersArePod ? PodState.Known
        : PodState.Unknown;

    private void SetPod(PodState state)
    {
        _simulator.Pod.Excepted = state is PodState.Excepted;
        _simulator.UnknownCallersArePod = state is not PodState.Unknown;
    }

    private NmiFlag ReadFlag() => _simulator.Nmi.SetRetryAfterHeader ? NmiFlag.SetRetryAfterHeader
        : _simulator.Nmi.BlockInstanceMetadata ? NmiFlag.BlockInstanceMetadata
        : NmiFlag.None;

    private void SetFlag(NmiFlag flag)
    {
        _simulator.Nmi.SetRetryAfterHeader = flag is NmiFlag.SetRetryAfterHeader;
        _simulator.Nmi.BlockInstanceMetadata = flag is NmiFlag.BlockInstanceMetadata;
    }

    private void SetLatency(LatencyState state) => _simulator.Imds.Latency = state is LatencyState.Slow ? SlowLatency : TimeSpan.Zero;
}
