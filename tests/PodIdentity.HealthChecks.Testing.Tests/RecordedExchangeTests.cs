using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>
/// Every exchange recorded with the real NMI and the real proxy, repeated with the simulator and compared: status, headers, body, wait.
/// Left out of the comparison, because it depends on time or identity or on the stand-in for IMDS that the recording used:
/// the text of a token and its times (not whether they are there), and with them the Content-Length of an answer that holds a token;
/// Date and Connection; the stand-in's header X-Fake-Imds and its name for itself in the 404 of an unknown path.
/// </summary>
public partial class RecordedExchangeTests
{
    private const string ClientA = "aaaaaaaa-1111-2222-3333-444444444444";
    private const string ResourceA =
        "/subscriptions/00000000-0000-0000-0000-0000000000aa/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-a";

    private static readonly Dictionary<string, JsonElement> Exchanges = JsonElement
        .Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "TestData", "nmi-wire.json")))
        .GetProperty("exchanges")
        .EnumerateArray()
        .ToDictionary(e => e.GetProperty("name").GetString()!, StringComparer.Ordinal);

    /// <summary>What <c>given</c> says of each exchange, where it says more than "one identity bound".</summary>
    private static readonly Dictionary<string, Scenario> Scenarios = new(StringComparer.Ordinal)
    {
        ["healthz.notactive"] = new((sim, _) => sim.Nmi.SetStateAsync(NmiState.NotActive)),
        ["host.token.podheaders.src127.0.0.2"] = new((_, _) => { }, "127.0.0.2"),
        ["src.nopod.127.0.0.5"] = new((_, _) => { }, "127.0.0.5", KnownPod: false),
        ["src.excepted.noclient.127.0.0.3"] = new((_, pod) => pod.Excepted = true, "127.0.0.3"),
        ["src.excepted.client.unknown.127.0.0.3"] = new((_, pod) => pod.Excepted = true, "127.0.0.3"),
        ["src.foreign.noclient.127.0.0.9"] = new(
            (_, pod) =>
            {
                pod.UnbindAll();
                pod.Bind(new SimulatedIdentity("id-foreign") { Namespace = "other" });
            },
            "127.0.0.9"),
        ["std.default.unbound.noclient"] = new((_, pod) => pod.UnbindAll(), "127.0.0.2"),
        ["std.default.unbound.client"] = new((_, pod) => pod.UnbindAll(), "127.0.0.2"),
        ["std.default.bound.otherclient"] = new((_, _) => { }, "127.0.0.10"),
        ["std.default.created.noclient"] = new((_, pod) => pod.Bind(pod.Bound[0], assigned: false), "127.0.0.4"),
        ["managed.unbound"] = new((sim, pod) =>
        {
            sim.Nmi.Mode = NmiMode.Managed;
            pod.UnbindAll();
        }),
        ["managed.bound.otherclient"] = new((sim, _) => sim.Nmi.Mode = NmiMode.Managed),
        ["retryafter.unbound"] = new(
            (sim, pod) =>
            {
                sim.Nmi.SetRetryAfterHeader = true;
                sim.Nmi.AssignmentRetryInterval = TimeSpan.FromSeconds(1);
                sim.Nmi.CreatedAttempts = 1;
                pod.UnbindAll();
            },
            "127.0.0.2"),
        ["imds.0400"] = new((sim, _) => sim.Imds.Clear()),
        ["imds.0403"] = new((sim, _) =>
        {
            sim.Imds.Fault = ImdsFault.Forbidden;
            sim.Imds.ErrorDescription = "AADSTS700016 made up";
        }),
        ["imds.0429"] = new((sim, _) => sim.Imds.Fault = ImdsFault.Throttled),
        ["imds.0500"] = new((sim, _) => sim.Imds.Fault = ImdsFault.InternalError),
        ["imds.0410"] = new((sim, _) => sim.Imds.Fault = ImdsFault.Updating),
        ["imds.0003"] = new((sim, _) => sim.Imds.Fault = ImdsFault.Empty),
        ["imds.0007"] = new((sim, _) => sim.Imds.Fault = ImdsFault.NoToken),
        ["imds.0002"] = new((sim, _) => sim.Imds.Fault = ImdsFault.Garbage),
        ["imds.0006"] = new((sim, _) => sim.Imds.Latency = TimeSpan.FromSeconds(3)),
        ["netns.refuse.token"] = new((sim, _) => sim.Imds.Fault = ImdsFault.Refuse),
        ["block.instance.meta"] = new((sim, _) => sim.Nmi.BlockInstanceMetadata = true),
        ["proxy.readyz"] = WithProxy,
        ["proxy.token.noclient"] = WithProxy,
        ["proxy.token.noresource"] = WithProxy,
        ["proxy.token.ok"] = WithProxy,
        ["proxy.host.token"] = WithProxy,
    };

    public static TheoryData<string> Names => [.. Exchanges.Keys];

    private static Scenario WithProxy => new((sim, _) => sim.Proxy.Enabled = true);

    [Fact]
    public void The_recording_holds_every_scenario_and_46_exchanges()
    {
        Assert.Equal(46, Exchanges.Count);
        Assert.Empty(Scenarios.Keys.Except(Exchanges.Keys, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_simulator_answers_as_recorded(string name)
    {
        var exchange = Exchanges[name];
        var scenario = Scenarios.GetValueOrDefault(name) ?? new((_, _) => { });
        var clock = new ManualTimeProvider();
        await using var simulator = await PodIdentitySimulator.StartAsync(
            o =>
            {
                o.TimeProvider = clock;
                o.StartWithIdentity = false;
            },
            TestContext.Current.CancellationToken);
        await ArrangeAsync(simulator, name, scenario);

        var request = exchange.GetProperty("request");
        var address = request.GetProperty("port").ValueEquals("probe") ? simulator.NmiProbeAddress : simulator.MetadataAddress;
        var answer = Ask.OnceFromAsync(
            IPAddress.Parse(scenario.Source),
            new Uri(address, request.GetProperty("path").GetString()),
            request.GetProperty("headers").EnumerateObject().Select(h => (h.Name, h.Value.GetString()!)));
        var waited = await clock.RunUntilAsync(answer);

        AssertSame(exchange.GetProperty("response"), await answer);
        Assert.Equal(Math.Round(exchange.GetProperty("seconds").GetDouble()), Math.Round(waited.TotalSeconds));
    }

    private static async Task ArrangeAsync(PodIdentitySimulator simulator, string name, Scenario scenario)
    {
        simulator.UnknownCallersArePod = false;
        var pod = simulator.AddPod(
            IPAddress.Parse(scenario.KnownPod ? scenario.Source : "127.0.0.254"),
            "pod-" + scenario.Source.Replace('.', '-'));
        // The recording's IMDS was told by the client ID what to do.
        var isFault = name.StartsWith("imds.", StringComparison.Ordinal);
        pod.Bind(new SimulatedIdentity("id-a")
        {
            ClientId = isFault ? $"eeeeeeee-{name[5..]}-0000-0000-000000000000" : ClientA,
            ResourceId = ResourceA,
        });
        await scenario.Arrange(simulator, pod);
    }

    private static void AssertSame(JsonElement recorded, Reply answer)
    {
        var body = recorded.GetProperty("body").GetString()!.Replace("this FAKE IMDS", "this simulated IMDS", StringComparison.Ordinal);
        Assert.Equal(recorded.GetProperty("status").GetInt32(), answer.Status);
        Assert.Equal(WithoutTokens(body), WithoutTokens(answer.Body));

        var headers = recorded.GetProperty("headers").EnumerateObject().ToDictionary(h => h.Name, h => h.Value.GetString()!, StringComparer.Ordinal);
        headers.Remove("X-Fake-Imds");
        Assert.Equal($"{answer.Body.Length}", answer.Headers["Content-Length"]);
        if (!body.Equals(answer.Body, StringComparison.Ordinal) || answer.Status == 404)
        {
            headers["Content-Length"] = answer.Headers["Content-Length"];
        }

        Assert.Equal(
            headers.OrderBy(h => h.Key, StringComparer.Ordinal),
            answer.Headers.Where(h => h.Key is not ("Date" or "Connection")).OrderBy(h => h.Key, StringComparer.Ordinal));
    }

    private static string WithoutTokens(string body) => TokensAndTimes.Replace(body, "\"${field}\":${quote}*${quote}");

    [GeneratedRegex("""
        "(?<field>access_token|expires_in|expires_on|not_before)":(?<quote>"?)[^",}]+\k<quote>
        """, RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TokensAndTimes { get; }

    private sealed record Scenario(Func<PodIdentitySimulator, SimulatedPod, Task> Arrange, string Source = "127.0.0.1", bool KnownPod = true)
    {
        public Scenario(Action<PodIdentitySimulator, SimulatedPod> arrange, string source = "127.0.0.1", bool KnownPod = true)
            : this(
                (sim, pod) =>
                {
                    arrange(sim, pod);
                    return Task.CompletedTask;
                },
                source,
                KnownPod)
        {
        }
    }
}
