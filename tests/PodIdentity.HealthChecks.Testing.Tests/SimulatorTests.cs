using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests;

public class SimulatorTests
{
    [Fact]
    public async Task Several_simulators_run_side_by_side()
    {
        var simulators = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => PodIdentitySimulator.StartAsync()));
        await simulators[0].Nmi.SetStateAsync(NmiState.Killed);

        foreach (var simulator in simulators.Skip(1))
        {
            Assert.Equal(simulator.Pod.Bound[0].ClientId, (await Ask.TokenAsync(simulator)).Claim("appid").GetString());
            Assert.Equal(2, simulator.Requests.Count);
        }

        Assert.Equal(10, simulators.SelectMany(s => (int[])[s.MetadataAddress.Port, s.NmiProbeAddress.Port]).Distinct().Count());
        foreach (var simulator in simulators)
        {
            await simulator.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_token_says_whose_it_is_for_what_and_until_when_and_no_two_are_alike()
    {
        var clock = new ManualTimeProvider();
        await using var simulator = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = clock, TestContext.Current.CancellationToken);
        simulator.Imds.TokenLifetime = TimeSpan.FromMinutes(-1);
        var identity = simulator.Pod.Bound[0];

        var answer = await Ask.TokenAsync(simulator);
        var another = await Ask.TokenAsync(simulator);

        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(identity.ClientId, answer.Claim("appid").GetString());
        Assert.Equal(identity.ObjectId, answer.Claim("oid").GetString());
        Assert.Equal(identity.TenantId, answer.Claim("tid").GetString());
        Assert.Equal(identity.ResourceId, answer.Claim("xms_mirid").GetString());
        Assert.Equal("https://management.azure.com/", answer.Claim("aud").GetString());
        Assert.Equal($"https://sts.windows.net/{identity.TenantId}/", answer.Claim("iss").GetString());
        Assert.Equal(now, answer.Claim("iat").GetInt64());
        Assert.Equal(now - 300, answer.Claim("nbf").GetInt64());
        Assert.Equal(now - 60, answer.Claim("exp").GetInt64());
        Assert.NotEqual(answer.Claim("jti").GetString(), another.Claim("jti").GetString(), StringComparer.Ordinal);
        Assert.Equal("-60", JsonElement.Parse(answer.Body).GetProperty("expires_in").GetString());
    }

    [Fact]
    public async Task A_tokens_text_can_be_anything()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        simulator.Imds.TokenFactory = identity => $"{identity.Name}\r\n\t\"\\<>&\u2028\u0001é";

        var answer = await Ask.TokenAsync(simulator);

        Assert.Equal("id-a\r\n\t\"\\<>&\u2028\u0001é", JsonElement.Parse(answer.Body).GetProperty("access_token").GetString());
        Assert.Contains("""\u003c\u003e\u0026\u2028\u0001é""", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_are_recorded_as_they_came()
    {
        var clock = new ManualTimeProvider();
        await using var simulator = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = clock, TestContext.Current.CancellationToken);
        using var client = Ask.Client(IPAddress.Parse("127.0.0.6"));

        await client.AskAsync(new Uri(simulator.TokenEndpoint + Ask.Query + "&client_id=%C3%A9"), ("Metadata", "True"), ("X-One", "1"));
        await client.AskAsync(simulator.NmiHealthEndpoint);

        Assert.Equal([SimulatedResponder.Nmi, SimulatedResponder.NmiProbe], simulator.Requests.Select(r => r.Responder));
        var request = simulator.Requests[0];
        Assert.Equal("GET", request.Method);
        Assert.Equal("/metadata/identity/oauth2/token", request.Path);
        Assert.Equal(Ask.Query + "&client_id=%C3%A9", request.Query);
        Assert.Equal("True", request.Headers["metadata"]);
        Assert.Equal("1", request.Headers["X-One"]);
        Assert.Equal(IPAddress.Parse("127.0.0.6"), request.RemoteAddress);
        Assert.Equal(clock.GetUtcNow(), request.At);
        Assert.False(request.Forwarded);

        simulator.ClearRequests();
        Assert.Empty(simulator.Requests);
    }

    [Fact]
    public async Task What_NMI_asks_of_IMDS_is_recorded_as_forwarded()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        await Ask.TokenAsync(simulator);

        Assert.Equal([SimulatedResponder.Nmi, SimulatedResponder.Imds], simulator.Requests.Select(r => r.Responder));
        Assert.Equal([false, true], simulator.Requests.Select(r => r.Forwarded));
        Assert.Contains("client_id=" + simulator.Pod.Bound[0].ClientId, simulator.Requests[1].Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_waits_for_requests_counts_those_that_came_before()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await Ask.FingerprintAsync(simulator);

        var two = simulator.WhenRequests(r => r.Responder == SimulatedResponder.Nmi, count: 2, TestContext.Current.CancellationToken);
        Assert.False(two.IsCompleted);
        await Ask.OnceAsync(simulator.NmiHealthEndpoint);
        Assert.False(two.IsCompleted);
        await Ask.FingerprintAsync(simulator);
        await two;
        await simulator.WhenRequests(_ => true, count: 3, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Waiting_for_requests_can_be_cancelled_and_wants_at_least_one()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var cancelling = new CancellationTokenSource();
        var waiting = simulator.WhenRequests(_ => true, ct: cancelling.Token);

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => simulator.WhenRequests(_ => true, count: 0, cancelling.Token));
    }

    [Fact]
    public async Task Disposal_frees_the_ports_and_may_be_repeated()
    {
        var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await simulator.Nmi.SetStateAsync(NmiState.Killed);
        await simulator.DisposeAsync();
        await simulator.DisposeAsync();
        await simulator.Nmi.SetStateAsync(NmiState.Active);

        await Assert.ThrowsAsync<HttpRequestException>(() => Ask.FingerprintAsync(simulator));
        await using var successor = await PodIdentitySimulator.StartAsync(
            o =>
            {
                o.MetadataPort = simulator.MetadataAddress.Port;
                o.NmiProbePort = simulator.NmiProbeAddress.Port;
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(simulator.MetadataAddress, successor.MetadataAddress);
        Assert.Equal(400, (await Ask.FingerprintAsync(successor)).Status);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_refused_at_the_start()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        await Assert.ThrowsAsync<SocketException>(() => PodIdentitySimulator.StartAsync(
            o => o.NmiProbePort = ((IPEndPoint)other.LocalEndpoint).Port,
            TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Any_address_is_reachable_by_loopback()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(
            o => o.ListenAddress = IPAddress.Any, TestContext.Current.CancellationToken);

        Assert.Equal("127.0.0.1", simulator.MetadataAddress.Host);
        Assert.Equal(200, (await Ask.TokenAsync(simulator)).Status);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        var options = new PodIdentitySimulatorOptions();

        Assert.Throws<ArgumentOutOfRangeException>(() => options.TimeScale = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.TimeScale = double.NaN);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.MetadataPort = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.NmiProbePort = 65536);
        Assert.Throws<ArgumentNullException>(() => options.TimeProvider = null!);
        Assert.Throws<ArgumentNullException>(() => options.ListenAddress = null!);
    }
}
