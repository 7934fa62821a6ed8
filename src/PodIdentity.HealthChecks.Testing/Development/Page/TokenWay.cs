using System.Text.Json;
using System.Text.Json.Nodes;
using PodIdentity.HealthChecks.Testing.Hosting;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>What a station had to do with a token request.</summary>
internal enum StationState
{
    /// <summary>It was not reached.</summary>
    Idle,

    /// <summary>It was passed.</summary>
    Lit,

    /// <summary>The request ended here, or went astray.</summary>
    Broken,
}

/// <summary>How far a token request came, by whom it went, and in words.</summary>
/// <param name="By">Who answered at the metadata address, or was to.</param>
/// <param name="Interception">The iptables rules.</param>
/// <param name="Nmi">NMI.</param>
/// <param name="Imds">IMDS.</param>
/// <param name="Entra">Microsoft Entra ID.</param>
/// <param name="Summary">The same in a sentence.</param>
internal sealed record WayTaken(
    SimulatedResponder By, StationState Interception, StationState Nmi, StationState Imds, StationState Entra, string Summary);

/// <summary>A plain token request of the page, to be found again among the node's exchanges.</summary>
internal sealed record WayRequest(string Id, SimulatedResponder By);

/// <summary>Follows the plain token requests of the page through the node: pod, interception, NMI, IMDS, Entra.</summary>
/// <param name="simulator">The node.</param>
/// <param name="workload">The pod as the webhook left it; <see langword="null"/>: it is none of workload identity.</param>
internal sealed class TokenWay(PodIdentitySimulator simulator, Func<SimulatedWorkload?> workload)
{
    public const string RequestIdHeader = "x-ms-client-request-id";

    private volatile WayTaken? _last;

    /// <summary>Gets the way of the last request that has ended.</summary>
    public WayTaken? Last => _last;

    public WayRequest Begin() => new(Guid.NewGuid().ToString(), workload()?.TokenFile is null ? simulator.MetadataResponder() : SimulatedResponder.Entra);

    public void End(WayRequest request, Told told, string body)
    {
        var exchange = simulator.Exchanges.Snapshot().LastOrDefault(e => string.Equals(e.Request.Headers.GetValueOrDefault(RequestIdHeader), request.Id, StringComparison.Ordinal));
        _last = Follow(exchange?.Request.Responder ?? request.By, exchange?.Read(), told, body);
    }

    private WayTaken Follow(SimulatedResponder by, ExchangeState? exchange, Told told, string body)
    {
        var owner = told.Passes ? OwnerOf(body) : null;
        var reached = by is SimulatedResponder.WorkloadIdentityProxy ? exchange?.Status is not null : exchange?.ReachedImds == true;
        var refusedByEntra = body.Contains("AADSTS", StringComparison.Ordinal);
        var came = owner is not null || refusedByEntra;
        var ending = told.Passes
            ? owner is null ? "an answer without a token" : $"a token for the identity '{owner}' came back"
            : exchange is null && told.Reason is NaiveLanes.Refused ? "the connection was refused"
            : exchange?.Status is { } status ? $"{status} and no token"
            : "no answer";
        return by switch
        {
            SimulatedResponder.WorkloadIdentityProxy => new(
                by, StationState.Idle, StationState.Idle, StationState.Idle, EndOr(reached, refusedByEntra), $"Pod → sidecar → Microsoft Entra ID: {ending}."),
            SimulatedResponder.Entra => new(
                by, StationState.Idle, StationState.Idle, StationState.Idle, EndOr(reached: true, owner is null), $"Pod → Microsoft Entra ID: {ending}."),
            SimulatedResponder.Imds when workload() is not null => new(
                by, StationState.Idle, StationState.Idle, EndOr(reached, !came), EndOr(came, refusedByEntra), $"Pod → IMDS: {ending}."),
            SimulatedResponder.Imds => new(
                by, StationState.Broken, StationState.Idle, EndOr(reached, !came), EndOr(came, refusedByEntra), $"Pod → past the missing rules → IMDS: {ending}."),
            _ => new(
                by,
                StationState.Lit,
                EndOr(reached: true, !reached),
                EndOr(reached, !came),
                EndOr(came, refusedByEntra),
                reached ? $"Pod → rules → NMI → IMDS: {ending}." : $"Pod → rules → NMI: {ending}."),
        };
    }

    private static StationState EndOr(bool reached, bool broken) => !reached ? StationState.Idle : broken ? StationState.Broken : StationState.Lit;

    /// <summary>The name of the identity that a token is for. The token itself goes no further.</summary>
    private string? OwnerOf(string body)
    {
        try
        {
            var token = (string?)JsonNode.Parse(body)?["access_token"];
            var clientId = token?.Split('.') is [_, var claims, _] ? (string?)JsonNode.Parse(Base64Url.Decode(claims) ?? [])?["appid"] : null;
            return clientId is null ? null
                : simulator.Imds.UserAssigned.Concat(simulator.Pod.Bound).Concat(simulator.Entra.Identities).Append(simulator.Imds.SystemAssigned)
                    .FirstOrDefault(i => string.Equals(i?.ClientId, clientId, StringComparison.Ordinal))?.Name ?? "unknown";
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
