using System.Net;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests;

public class NmiTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Callers_that_leave_do_not_stop_NMIs_retries_so_ten_cause_fifty_requests()
    {
        await using var simulator = await StartAsync();
        simulator.Imds.Fault = ImdsFault.Throttled;
        using var leaving = new CancellationTokenSource();
        using var client = Ask.Client();
        client.DefaultRequestHeaders.Add("Metadata", "true");

        var firstAttempts = _clock.WhenWaiting(TimeSpan.FromSeconds(2), count: 10);
        var callers = Enumerable.Range(0, 10).Select(_ => client.GetAsync(simulator.TokenEndpoint + Ask.Query, leaving.Token)).ToList();
        await firstAttempts;
        await leaving.CancelAsync();
        foreach (var caller in callers)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);
        }

        foreach (var (wait, next) in ((int, int)[])[(2, 6), (6, 14), (14, 30), (30, 60)])
        {
            var attempts = _clock.WhenWaiting(TimeSpan.FromSeconds(next), count: 10);
            _clock.Advance(TimeSpan.FromSeconds(wait));
            await attempts;
        }

        Assert.Equal(50, simulator.Requests.Count(r => r.Forwarded));
        Assert.Equal(
            [0, 2, 8, 22, 52],
            simulator.Requests.Where(r => r.Forwarded).Select(r => (int)(r.At - simulator.Requests[0].At).TotalSeconds).Distinct());
    }

    [Fact]
    public async Task Of_two_identities_without_a_selector_either_comes()
    {
        await using var simulator = await StartAsync();
        simulator.Pod.Bind(new SimulatedIdentity("id-b"));

        HashSet<string?> seen = [];
        for (var i = 0; i < 64; i++)
        {
            seen.Add((await Ask.TokenAsync(simulator)).Claim("appid").GetString());
        }

        Assert.Equal(simulator.Pod.Bound.Select(b => b.ClientId).ToHashSet(StringComparer.Ordinal), seen!);
    }

    [Fact]
    public async Task A_binding_that_appears_while_NMI_waits_ends_the_wait()
    {
        await using var simulator = await StartAsync();
        var identity = simulator.Pod.Bound[0];
        simulator.Pod.UnbindAll();

        var asking = Ask.TokenAsync(simulator);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await _clock.WhenWaitingFor(TimeSpan.FromSeconds(5));
            _clock.Advance(TimeSpan.FromSeconds(5));
        }

        await _clock.WhenWaitingFor(TimeSpan.FromSeconds(5));
        simulator.Pod.Bind(identity, assigned: false);
        Assert.Equal(BindingState.Created, simulator.Pod.StateOf(identity));
        _clock.Advance(TimeSpan.FromSeconds(5));
        await _clock.WhenWaitingFor(TimeSpan.FromSeconds(5));
        simulator.Pod.Bind(identity);
        Assert.Equal(BindingState.Assigned, simulator.Pod.StateOf(identity));

        Assert.Equal(TimeSpan.FromSeconds(5), await _clock.RunUntilAsync(asking));
        Assert.Equal(identity.ClientId, (await asking).Claim("appid").GetString());
    }

    [Fact]
    public async Task Waits_are_scaled()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(
            o =>
            {
                o.TimeProvider = _clock;
                o.TimeScale = 0.01;
                o.StartWithIdentity = false;
            },
            TestContext.Current.CancellationToken);

        var asking = Ask.TokenAsync(simulator);

        Assert.Equal(TimeSpan.FromSeconds(0.8), await _clock.RunUntilAsync(asking));
        Assert.Contains("after 16 attempts, retry duration [5]s", (await asking).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_taken_off_the_node_is_reported_at_once()
    {
        await using var simulator = await StartAsync();
        Assert.True(simulator.Imds.RemoveUserAssigned(simulator.Pod.Bound[0]));

        var answer = await Ask.TokenAsync(simulator);

        Assert.Equal(403, answer.Status);
        Assert.Contains("Identity not found", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pods_are_told_apart_by_their_address()
    {
        await using var simulator = await StartAsync();
        var other = simulator.AddPod(IPAddress.Parse("127.0.0.7"), "other", "elsewhere");
        var identity = new SimulatedIdentity("id-b") { Namespace = "elsewhere" };
        other.Bind(identity);
        using var client = Ask.Client(other.Address);

        var answer = await client.AskAsync(new Uri(simulator.TokenEndpoint + Ask.Query), ("Metadata", "true"));

        Assert.Equal(identity.ClientId, answer.Claim("appid").GetString());
        Assert.Equal(simulator.Pod.Bound[0].ClientId, (await Ask.TokenAsync(simulator)).Claim("appid").GetString());
        other.Unbind(identity);
        Assert.Empty(other.Bound);
    }

    [Theory]
    [InlineData("HOST/TOKEN", 400, "invalid_request")]
    [InlineData("METADATA/identity/oauth2/token" + Ask.Query, 200, "access_token")]
    [InlineData("metadata/identity/OAUTH2/token" + Ask.Query, 400, "Invalid request")]
    public async Task Paths_are_matched_as_NMI_does(string path, int status, string text)
    {
        await using var simulator = await StartAsync();

        var answer = await Ask.OnceAsync(
            new Uri(simulator.MetadataAddress + path),
            path.StartsWith('H') ? Enumerable.Empty<(string, string)>() : [("Metadata", "true")]);

        Assert.Equal(status, answer.Status);
        Assert.Contains(text, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_identity_is_no_identity_for_a_selector()
    {
        await using var simulator = await StartAsync();
        var foreign = new SimulatedIdentity("id-b") { Namespace = "elsewhere" };
        simulator.Pod.UnbindAll();
        simulator.Pod.Bind(foreign);

        var answer = await Ask.TokenAsync(simulator, "&client_id=" + foreign.ClientId);

        Assert.Equal(404, answer.Status);
        Assert.StartsWith("no azure identity found for request clientID ", answer.Body, StringComparison.Ordinal);
    }

    private Task<PodIdentitySimulator> StartAsync() =>
        PodIdentitySimulator.StartAsync(o => o.TimeProvider = _clock, TestContext.Current.CancellationToken);
}
