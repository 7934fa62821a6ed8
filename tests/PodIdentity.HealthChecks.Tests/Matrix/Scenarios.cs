namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>Everything that the simulator can make.</summary>
internal static class Scenarios
{
    private static readonly SimulatedIdentity Another = new("another");

    public static IReadOnlyList<Scenario> All { get; } =
    [
        // NMI
        new("NMI active, identity bound"),
        new("NMI active, identity bound and named") { Expect = NameTheIdentity },
        Nmi("NMI not active", NmiState.NotActive),
        Nmi("NMI not active, NMI required", NmiState.NotActive) with { Expect = RequireNmi },
        Nmi("NMI stopping (the ten seconds after SIGTERM)", NmiState.Stopping),
        Nmi("NMI stopping, NMI required", NmiState.Stopping) with { Expect = RequireNmi },
        Nmi("NMI stopping, the node's own identity answers, another expected", NmiState.Stopping, n => n.Imds.SystemAssigned = Another) with { Expect = ExpectTheIdentity },
        Nmi("NMI stopped, one identity on the node", NmiState.Stopped),
        Nmi("NMI stopped, one identity on the node, NMI required", NmiState.Stopped) with { Expect = RequireNmi },
        Nmi("NMI stopped, the node's own identity answers, another expected", NmiState.Stopped, n => n.Imds.SystemAssigned = Another) with { Expect = ExpectTheIdentity },
        Nmi("NMI stopped, several identities on the node", NmiState.Stopped, n => n.Imds.AddUserAssigned(Another)),
        Nmi("NMI stopped, several identities on the node, HOST_IP unknown", NmiState.Stopped, n => n.Imds.AddUserAssigned(Another)) with { KnowsHostIp = false },
        Nmi("NMI stopped, no identity on the node", NmiState.Stopped, n => n.Imds.Clear()),
        Nmi("NMI stopped, no identity on the node, HOST_IP unknown", NmiState.Stopped, n => n.Imds.Clear()) with { KnowsHostIp = false },
        Nmi("NMI killed, its rules left behind", NmiState.Killed),
        Nmi("NMI killed after a first success", NmiState.Killed) with { AfterSuccess = true },
        Nmi("NMI killed, HOST_IP unknown", NmiState.Killed) with { KnowsHostIp = false },

        // The identity behind a live NMI
        Pod("no identity bound", n => n.Pod.UnbindAll()) with { Hangs = true },
        Pod("no identity bound after a first success", n => n.Pod.UnbindAll()) with { Hangs = true, AfterSuccess = true },
        Pod("no identity bound, HOST_IP unknown", n => n.Pod.UnbindAll()) with { Hangs = true, KnowsHostIp = false },
        Pod("no identity bound, managed mode", n => Managed(n).Pod.UnbindAll()),
        Pod("bound to an identity other than the named one, managed mode", n => Managed(n)) with { Expect = (o, _) => o.ClientId = Another.ClientId },
        Pod("identity named in capitals, which NMI takes for another one", n => Managed(n)) with { Expect = (o, n) => o.ClientId = n.Pod.Bound[0].ClientId.ToUpperInvariant() },
        Pod("identity not yet on the node", n => Rebind(n, assigned: false)) with { Hangs = true },
        Pod("identity deleted, or removed from the node", n => n.Imds.Clear()),
        Pod("identity deleted after a first success", n => n.Imds.Clear()) with { AfterSuccess = true },
        Pod("identity of another namespace", n => Rebind(n, new SimulatedIdentity("foreign") { Namespace = "other" })),
        Pod("another identity bound after a first success", n => Rebind(n, Another)) with { AfterSuccess = true },
        Pod("pod covered by an AzurePodIdentityException", Except),
        Pod("pod covered by an AzurePodIdentityException, another identity expected", Except) with { Expect = ExpectTheIdentity },

        // IMDS behind a live NMI
        BehindNmi("throttles", ImdsFault.Throttled) with { Hangs = true },
        BehindNmi("throttles, after a first success", ImdsFault.Throttled) with { Hangs = true, AfterSuccess = true },
        BehindNmi("answers 500", ImdsFault.InternalError) with { Hangs = true },
        BehindNmi("being updated (410)", ImdsFault.Updating) with { Hangs = true },
        BehindNmi("hangs", ImdsFault.Hang) with { Hangs = true },
        BehindNmi("refuses connections", ImdsFault.Refuse) with { Hangs = true },
        BehindNmi("drops packets", ImdsFault.Drop) with { Hangs = true },
        BehindNmi("answers 401", ImdsFault.Unauthorized),
        BehindNmi("answers 403 with AADSTS", ImdsFault.Forbidden),
        BehindNmi("answers garbage", ImdsFault.Garbage),
        BehindNmi("answers with an empty body", ImdsFault.Empty),
        BehindNmi("answers without a token", ImdsFault.NoToken),
        BehindNmi("breaks off its answer", ImdsFault.Truncated),

        // IMDS without NMI
        Direct("throttles", ImdsFault.Throttled),
        Direct("throttles, after a first success", ImdsFault.Throttled) with { AfterSuccess = true },
        Direct("answers 404", ImdsFault.NotFound),
        Direct("being updated (410)", ImdsFault.Updating),
        Direct("answers 500", ImdsFault.InternalError),
        Direct("answers 502", ImdsFault.BadGateway),
        Direct("answers 503", ImdsFault.Unavailable),
        Direct("answers 401", ImdsFault.Unauthorized),
        Direct("answers 403 with AADSTS", ImdsFault.Forbidden),
        Direct("answers garbage", ImdsFault.Garbage),
        Direct("answers with an empty body", ImdsFault.Empty),
        Direct("answers 10 MiB", ImdsFault.Huge),
        Direct("answers without a token", ImdsFault.NoToken),
        Direct("redirects", ImdsFault.Redirect),
        Direct("breaks off its answer", ImdsFault.Truncated),
        Direct("answers a byte a second", ImdsFault.SlowDrip) with { Hangs = true },

        // Tokens
        Pod("token that is not a JWT", n => n.Imds.TokenFactory = _ => "opaque"),
        Pod("token that is not a JWT, an identity expected", n => n.Imds.TokenFactory = _ => "opaque") with { Expect = ExpectTheIdentity },
        Pod("token that expires in 4 minutes", n => n.Imds.TokenLifetime = TimeSpan.FromMinutes(4)),
        Pod("token that has expired", n => n.Imds.TokenLifetime = TimeSpan.FromMinutes(-4)),

        // Workload identity's proxy sidecar
        Proxy("token", n => n.Proxy.DefaultClientId = n.Pod.Bound[0].ClientId),
        Proxy("no client ID known", _ => { }),
        Proxy("no matching federated credential", n =>
            (n.Proxy.DefaultClientId, n.Proxy.EntraError) = (n.Pod.Bound[0].ClientId, "AADSTS700213: No matching federated identity record found")),
    ];

    private static Scenario Nmi(string name, NmiState state, Action<PodIdentitySimulator>? also = null) => new(name)
    {
        Arrange = node =>
        {
            also?.Invoke(node);
            return node.Nmi.SetStateAsync(state);
        },
    };

    private static Scenario Pod(string name, Action<PodIdentitySimulator> arrange) => new(name)
    {
        Arrange = node =>
        {
            arrange(node);
            return Task.CompletedTask;
        },
    };

    private static Scenario BehindNmi(string name, ImdsFault fault) => Pod($"IMDS behind NMI {name}", n => n.Imds.Fault = fault);

    private static Scenario Direct(string name, ImdsFault fault) => Nmi($"IMDS without NMI {name}", NmiState.Stopped, n =>
    {
        n.Imds.Fault = fault;
        n.Imds.RedirectTo = n.NmiProbeAddress;
    }) with
    { KnowsHostIp = false };

    private static Scenario Proxy(string name, Action<PodIdentitySimulator> arrange) => Nmi($"workload identity proxy: {name}", NmiState.Stopped, n =>
    {
        n.Proxy.Enabled = true;
        arrange(n);
    }) with
    { KnowsHostIp = false };

    private static void NameTheIdentity(PodIdentityHealthCheckOptions options, PodIdentitySimulator node) => options.ClientId = node.Pod.Bound[0].ClientId;

    private static void ExpectTheIdentity(PodIdentityHealthCheckOptions options, PodIdentitySimulator node) =>
        options.ExpectedClientId = node.Pod.Bound[0].ClientId;

    private static void RequireNmi(PodIdentityHealthCheckOptions options, PodIdentitySimulator node) => options.RequiredResponder = PodIdentityResponder.Nmi;

    private static PodIdentitySimulator Managed(PodIdentitySimulator node)
    {
        node.Nmi.Mode = NmiMode.Managed;
        return node;
    }

    private static void Except(PodIdentitySimulator node)
    {
        node.Imds.SystemAssigned = Another;
        node.Pod.Excepted = true;
    }

    private static void Rebind(PodIdentitySimulator node, bool assigned) => Rebind(node, node.Pod.Bound[0], assigned);

    private static void Rebind(PodIdentitySimulator node, SimulatedIdentity identity, bool assigned = true)
    {
        node.Pod.UnbindAll();
        node.Pod.Bind(identity, assigned);
    }
}
