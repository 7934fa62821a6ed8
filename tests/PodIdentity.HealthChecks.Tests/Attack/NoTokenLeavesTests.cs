using Microsoft.Extensions.Logging;
using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Every scenario there is, with every outlet watched: no piece of a token comes out anywhere.</summary>
public sealed class NoTokenLeavesTests
{
    private const string Id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    private static readonly string Plain = FakeToken.For(Id);
    private static readonly string Wrong = FakeToken.For(HostileAnswer.WrongClientId);
    private static readonly string Opaque = FakeToken.Opaque(300, seed: 5);
    private static readonly string Long = FakeToken.For(Id, signatureBytes: 45_000);
    private static readonly string Nested = FakeToken.WithClaims($$"""{"appid":"{{Id}}","oid":"{{Plain}}","xms_mirid":"/{{Wrong}}/x","exp":{{FakeToken.Expiry}}}""");
    private static readonly string[] Tokens = [Plain, Wrong, Opaque, Long, Nested];

    private static readonly Action<PodIdentitySimulator>[] Bindings =
    [
        node => node.Pod.Bind(new SimulatedIdentity("id-a") { ClientId = Id }),
        node => node.Pod.Bind(new SimulatedIdentity("id-a") { ClientId = Id }, assigned: false),
        node => node.Pod.Bind(new SimulatedIdentity("id-b") { ClientId = HostileAnswer.WrongClientId }),
        _ => { },
    ];

    [Fact]
    public async Task No_piece_of_a_token_comes_out_of_any_scenario()
    {
        using var outlets = new Outlets(new TokenWindows(Tokens));
        foreach (var state in Enum.GetValues<NmiState>())
        {
            foreach (var fault in Enum.GetValues<ImdsFault>())
            {
                foreach (var binding in Bindings)
                {
                    // What IMDS says matters only where a token is issued; where a fault speaks, it says them all.
                    foreach (var token in fault is ImdsFault.None ? Tokens : Tokens[..1])
                    {
                        outlets.Scenario = $"{state}, {fault}, binding {Array.IndexOf(Bindings, binding)}, token {Array.IndexOf(Tokens, token)}";
                        await RunAsync(outlets, state, fault, binding, token);
                    }
                }
            }
        }

        foreach (var hostile in HostileAnswer.All)
        {
            outlets.Scenario = hostile.Name;
            await using var server = new RawServer(c => hostile.Give(c, Id));
            await CheckAsync(outlets, server.TokenEndpoint, new Uri(server.Address, "healthz"), hostile.Reason is PodIdentityFailureReason.TimedOut ? server.Hanging : null);
        }

        Assert.True(outlets.Leaks.IsEmpty, string.Join('\n', outlets.Leaks.Take(10)));

        // .NET 8 starts no activity for these requests.
        string[] used = ["report", "logs", "metrics", "Azure SDK", .. Environment.Version.Major > 8 ? ["activities"] : Array.Empty<string>()];
        Assert.All(used, outlet => Assert.True(outlets.Texts.GetValueOrDefault(outlet) > 100, outlet));
    }

    private static async Task RunAsync(Outlets outlets, NmiState state, ImdsFault fault, Action<PodIdentitySimulator> bind, string token)
    {
        await using var node = await PodIdentitySimulator.StartAsync(
            o => (o.TimeScale, o.StartWithIdentity) = (1e-6, false), TestContext.Current.CancellationToken);
        bind(node);
        node.Imds.Fault = fault;
        node.Imds.TokenFactory = _ => token;
        node.Imds.ErrorDescription = $"no token for {Plain}, 'Bearer {Opaque}', \"{Nested}\"\r\n{Wrong}";
        await node.Nmi.SetStateAsync(state);
        var hangs = fault is ImdsFault.Hang or ImdsFault.Drop or ImdsFault.SlowDrip && state is not NmiState.Killed;
        await CheckAsync(outlets, node.TokenEndpoint, node.NmiHealthEndpoint, hangs ? node.WhenRequests(r => r.Path.Contains("oauth2", StringComparison.Ordinal)) : null);
    }

    /// <param name="hangs">Completes when there is nothing more to come; <see langword="null"/> where all is answered.</param>
    private static async Task CheckAsync(Outlets outlets, Uri tokenEndpoint, Uri health, Task? hangs)
    {
        var clock = new ManualTimeProvider();
        await using var pod = CheckedPod.Create(
            checks =>
            {
                checks.Services.AddLogging(logs => logs.SetMinimumLevel(LogLevel.Trace).AddProvider(outlets));
                checks.AddPodIdentity(o =>
                {
                    o.ClientId = Id;
                    o.TokenEndpoint = tokenEndpoint;
                    o.NmiHealthEndpoint = health;
                    CheckedPod.AskEveryTime(o);
                });
            },
            clock);

        var check = pod.CheckAsync();
        if (hangs is not null)
        {
            await Task.WhenAny(hangs, check);
            while (!check.IsCompleted)
            {
                clock.Advance(TimeSpan.FromSeconds(0.5));
                await Task.Yield();
            }
        }

        outlets.Take("report", Shown.TextsOf(await check));
    }
}
