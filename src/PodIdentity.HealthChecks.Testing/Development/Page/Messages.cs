using System.Text.Json.Serialization;
using PodIdentity.HealthChecks.Testing.Hosting;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>What the page has to know once: the switches, the stories, and where the kubelet would ask.</summary>
internal sealed record NodeMessage(IReadOnlyList<SwitchText> Switches, IReadOnlyList<PresetText> Presets, IReadOnlyList<string> HealthEndpoints);

/// <summary>A switch, for people.</summary>
internal sealed record SwitchText(string Name, string Title, IReadOnlyList<SwitchValue> Values);

/// <summary>A story, for people.</summary>
internal sealed record PresetText(string Name, string Title, string Story);

/// <summary>What has happened since the message before.</summary>
internal sealed record SampleMessage(
    DateTimeOffset At,
    LaneHistory Truth,
    IReadOnlyList<LaneHistory> Lanes,
    IReadOnlyDictionary<string, string> Switches,
    StoryTold? Story,
    WayTaken? Way,
    IReadOnlyList<RequestText> Requests);

/// <summary>The last hour, to keep.</summary>
internal sealed record TimelineFile(DateTimeOffset At, LaneHistory Truth, IReadOnlyList<LaneHistory> Lanes);

/// <summary>A request that the node received: who asked for what, who answered, and how long that took.</summary>
internal sealed record RequestText(DateTimeOffset At, string AskedBy, string Request, string AnsweredBy, int? Status, double Milliseconds, bool IsOpen)
{
    public static RequestText Of(Exchange exchange)
    {
        var (request, state) = (exchange.Request, exchange.Read());
        return new(
            request.At,
            AskerOf(request),
            $"{request.Method} {request.Path}",
            NameOf(request.Responder) + (state.ReachedImds && request.Responder is not SimulatedResponder.Imds ? " → IMDS" : ""),
            state.Status,
            Math.Round(state.Took.TotalMilliseconds, 1),
            state.IsOpen);
    }

    private static string AskerOf(SimulatedRequest request)
    {
        var agent = request.Headers.GetValueOrDefault("User-Agent") ?? "";
        return agent.StartsWith(NaiveLanes.CurlName, StringComparison.Ordinal) ? "curl"
            : agent.StartsWith(NaiveLanes.CredentialName, StringComparison.Ordinal) ? "GetTokenAsync()"
            : agent.Length == 0 ? "check"
            : "credential";
    }

    private static string NameOf(SimulatedResponder responder) => responder switch
    {
        SimulatedResponder.NmiProbe => "NMI's probe port",
        SimulatedResponder.Nmi => "NMI",
        SimulatedResponder.Imds => "IMDS",
        SimulatedResponder.WorkloadIdentityProxy => "sidecar",
        SimulatedResponder.Entra => "Microsoft Entra ID",
        _ => "identity binding's proxy",
    };
}

/// <summary>The page's JSON, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeMessage))]
[JsonSerializable(typeof(SampleMessage))]
[JsonSerializable(typeof(TimelineFile))]
internal sealed partial class PageJson : JsonSerializerContext;
