using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NodeSimulator;
using PodIdentity.HealthChecks.ClusterTests.Cluster;
using PodIdentity.HealthChecks.ClusterTests.Matrix;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>What needs no cluster: how an observation is read, and what it is called.</summary>
public sealed class ObservationTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Case Lost = Case.OfNode.Single(c => c.Title is "NMI is killed");
    private static readonly Case Throttled = Case.OfNode.Single(c => c.Title is "IMDS throttles");
    private static readonly Case Unbound = Case.OfNode.Single(c => c.Title is "Started without a binding");

    [Theory]
    [InlineData("MODIFIED|ns|app-1||True|true|2", false, true, true, 2)]
    [InlineData("ADDED|ns|app-1|||false|0", false, false, false, 0)]
    [InlineData("ADDED|ns|app-1||||", false, false, false, 0)]
    [InlineData("MODIFIED|ns|app-1|2026-01-01T00:00:00Z|True|true|0", true, true, true, 0)]
    [InlineData("DELETED|ns|app-1||False|true|1", true, false, true, 1)]
    public void A_line_of_the_watch_is_a_pod_at_a_moment(string line, bool isGone, bool isReady, bool isStarted, int restarts) =>
        Assert.Equal(new PodSeen("ns", "app-1", Now, isGone, isReady, isStarted, restarts), PodSeen.Parse(line, Now));

    [Fact]
    public void A_line_of_another_shape_is_refused() => Assert.Throws<FormatException>(() => PodSeen.Parse("Error from server|gone", Now));

    [Fact]
    public void A_fault_that_passes_unseen_is_a_No() => Assert.Equal("**No**: stays ready", $"{Seen(Lost, ready: true)}");

    [Fact]
    public void A_fault_that_is_seen_says_when_and_why() => Assert.Equal(
        "out after 4 s, restarted after 31 s: `NmiUnreachable`",
        $"{Seen(Lost, ready: false, left: 4, restarted: 31, PodIdentityFailureReason.NmiUnreachable)}");

    [Fact]
    public void To_leave_the_Service_because_of_throttling_is_a_No() =>
        Assert.Equal("**No**: out after 4 s", $"{Seen(Throttled, ready: false, left: 4)}");

    [Fact]
    public void To_come_back_does_not_make_it_good() =>
        Assert.Equal("**No**: out after 4 s, ready again", $"{Seen(Throttled, ready: true, left: 4)}");

    [Theory]
    [InlineData(false, false, "held back")]
    [InlineData(true, false, "not ready")]
    [InlineData(true, true, "**No**: ready")]
    public void At_the_start_a_pod_is_held_back_or_not_ready_or_ready(bool started, bool ready, string text) =>
        Assert.Equal(text, $"{Seen(Unbound, ready) with { Started = started }}");

    [Fact]
    public void To_be_restarted_at_the_start_is_a_No() =>
        Assert.Equal("**No**: not ready, restarted after 16 s", $"{Seen(Unbound, ready: false, restarted: 16)}");

    [Fact]
    public void Two_runs_may_differ_in_their_times_and_in_the_reasons_beside_the_first() => Assert.Equal(
        Cell.Happenings("| out after 4 s, restarted after 31 s: `NmiUnreachable` | **No**: ready |"),
        Cell.Happenings("| out after 5 s, restarted after 7 s: `NmiUnreachable`, `NotIntercepted` | **No**: ready |"));

    [Fact]
    public void Two_runs_differ_when_something_else_happened() => Assert.NotEqual(
        Cell.Happenings("| out after 4 s: `NmiUnreachable` |"), Cell.Happenings("| out after 4 s, ready again: `NmiUnreachable` |"), StringComparer.Ordinal);

    [Fact]
    public void The_state_of_the_node_survives_its_travel()
    {
        var state = new NodeState
        {
            Nmi = NmiState.Killed,
            Imds = ImdsFault.Throttled,
            OnNode = ["a", "b"],
            Bound = [],
            SystemAssigned = true,
            Entra = new() { Fault = EntraFault.Hang, Noise = 0.02, FederatedCredentials = [new("https://issuer", "subject", "audience")] },
        };

        var arrived = JsonSerializer.Deserialize(JsonSerializer.Serialize(state, NodeJson.Default.NodeState), NodeJson.Default.NodeState);

        Assert.Equivalent(state, arrived, strict: true);
    }

    [Fact]
    public void What_a_state_leaves_out_is_in_order()
    {
        var state = JsonSerializer.Deserialize("""{"nmi": "Killed", "entra": {"fault": "Throttled"}}""", NodeJson.Default.NodeState);

        Assert.Equivalent(new NodeState { Nmi = NmiState.Killed, Entra = new() { Fault = EntraFault.Throttled } }, state, strict: true);
    }

    [Theory]
    [InlineData("Plays", "Nmi", "Plays is 'Nmi': it must be Node or Entra. Example: Plays=Entra")]
    [InlineData("HOST_IP", "node", "HOST_IP is 'node': it must be the node's address, in a pod by fieldRef status.hostIP. Example: HOST_IP=10.240.0.4")]
    [InlineData("Plays", "Entra", null)]
    public void The_simulator_names_a_wrong_setting_with_an_example(string name, string value, string? error) =>
        Assert.Equal(error, Played.Read(new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build()).Error);

    [Fact]
    public void A_pod_that_was_held_back_and_is_repaired_says_when_it_was_ready() => Assert.Equal(
        "ready after 12 s", $"{Seen(Case.OfEntra.Single(c => c.IsRepair), ready: true) with { ReadyAfter = TimeSpan.FromSeconds(12) }}");

    [Theory]
    [InlineData("52428800\ntotal_inactive_file 10485760\nusage_nsec 2500000000\n")]
    [InlineData("52428800\ninactive_file 10485760\nusage_usec 2500000\n")]
    public void Usage_is_read_from_either_version_of_cgroups(string text) =>
        Assert.Equal(new PodUsage(40, TimeSpan.FromSeconds(2.5)), PodUsage.Parse(text));

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Every_strategy_has_its_manifests(string folder) => Assert.True(File.Exists(Path.Combine(folder, "kustomization.yaml")), folder);

    public static TheoryData<string> Strategies => [.. Strategy.PodIdentity.Concat(Strategy.WorkloadIdentity).Select(s => s.Folder)];

    private static Cell Seen(Case theCase, bool ready, int? left = null, int? restarted = null, params IReadOnlyList<PodIdentityFailureReason> reasons) => new()
    {
        Case = theCase,
        Started = true,
        Ready = ready,
        LeftAfter = left is { } l ? TimeSpan.FromSeconds(l) : null,
        RestartedAfter = restarted is { } r ? TimeSpan.FromSeconds(r) : null,
        Reasons = reasons,
    };
}
