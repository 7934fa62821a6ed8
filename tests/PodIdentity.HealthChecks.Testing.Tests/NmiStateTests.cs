using System.Net;
using System.Net.Sockets;

namespace PodIdentity.HealthChecks.Testing.Tests;

public class NmiStateTests
{
    private const string Refused = "refused";

    [Theory]
    [InlineData(NmiState.Active, "400", "Active")]
    [InlineData(NmiState.NotActive, "404", "Not Active")]
    [InlineData(NmiState.Stopping, "404", "Active")]
    [InlineData(NmiState.Stopped, "404", Refused)]
    [InlineData(NmiState.Killed, Refused, Refused)]
    public async Task Each_state_shows_at_both_addresses_and_passes_again_on_the_same_ports(NmiState state, string fingerprint, string health)
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        for (var round = 0; round < 3; round++)
        {
            await simulator.Nmi.SetStateAsync(state);
            Assert.Equal(state, simulator.Nmi.State);
            Assert.Equal(fingerprint, await StatusOrRefusal(Ask.FingerprintAsync(simulator)));
            Assert.Equal(health, await BodyOrRefusal(Ask.OnceAsync(simulator.NmiHealthEndpoint)));

            await simulator.Nmi.SetStateAsync(NmiState.Active);
            Assert.Equal("400", await StatusOrRefusal(Ask.FingerprintAsync(simulator)));
            Assert.Equal("Active", await BodyOrRefusal(Ask.OnceAsync(simulator.NmiHealthEndpoint)));
        }
    }

    [Theory]
    [InlineData(NmiState.Active, "400")]
    [InlineData(NmiState.NotActive, "400")]
    [InlineData(NmiState.Stopping, "400")]
    [InlineData(NmiState.Stopped, Refused)]
    [InlineData(NmiState.Killed, Refused)]
    public async Task Rules_of_ones_own_lead_to_NMI_while_it_runs_and_to_IMDS_always(NmiState state, string fingerprint)
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(
            options =>
            {
                options.NmiEndPoint = new IPEndPoint(IPAddress.Loopback, 0);
                options.ImdsEndPoint = new IPEndPoint(IPAddress.Loopback, 0);
            },
            TestContext.Current.CancellationToken);

        await simulator.Nmi.SetStateAsync(state);

        Assert.Equal(fingerprint, await StatusOrRefusal(Ask.OnceAsync(new Uri(simulator.NmiAddress!, "host/token"))));
        Assert.Equal("404", await StatusOrRefusal(Ask.OnceAsync(new Uri(simulator.ImdsAddress!, "host/token"))));
    }

    [Theory]
    [InlineData(NmiState.NotActive)]
    [InlineData(NmiState.Stopping)]
    [InlineData(NmiState.Stopped)]
    public async Task Without_the_rules_a_pod_gets_a_token_of_the_nodes_identity(NmiState state)
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        simulator.Imds.SystemAssigned = new SimulatedIdentity("node");
        Assert.Equal(simulator.Pod.Bound[0].ClientId, (await Ask.TokenAsync(simulator)).Claim("appid").GetString());

        await simulator.Nmi.SetStateAsync(state);

        var answer = await Ask.TokenAsync(simulator);
        Assert.Equal(200, answer.Status);
        Assert.Equal(simulator.Imds.SystemAssigned.ClientId, answer.Claim("appid").GetString());
        Assert.StartsWith("IMDS/", answer.Headers["Server"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kept_alive_connection_keeps_talking_to_NMI_after_the_rules_are_gone()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var kept = Ask.Client();
        Assert.Equal(400, (await kept.AskAsync(Ask.FingerprintOf(simulator))).Status);

        await simulator.Nmi.SetStateAsync(NmiState.Stopping);

        Assert.Equal(400, (await kept.AskAsync(Ask.FingerprintOf(simulator))).Status);
        Assert.Equal(404, (await Ask.FingerprintAsync(simulator)).Status);
        Assert.Equal(
            [SimulatedResponder.Nmi, SimulatedResponder.Nmi, SimulatedResponder.Imds],
            simulator.Requests.Select(r => r.Responder));
        Assert.Equal(simulator.Requests[0].ConnectionId, simulator.Requests[1].ConnectionId);
        Assert.NotEqual(simulator.Requests[0].ConnectionId, simulator.Requests[2].ConnectionId, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(NmiState.Stopped, 404)]
    [InlineData(NmiState.Killed, null)]
    public async Task The_end_of_NMI_ends_its_connections(NmiState state, int? statusAfterwards)
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        simulator.Imds.Fault = ImdsFault.Hang;
        var underWay = Ask.TokenAsync(simulator);
        await simulator.WhenRequests(r => r.Forwarded, ct: TestContext.Current.CancellationToken);
        simulator.Imds.Fault = ImdsFault.None;

        await simulator.Nmi.SetStateAsync(state);

        await Assert.ThrowsAsync<HttpRequestException>(() => underWay.OrHung());
        Assert.Equal($"{statusAfterwards}", (await StatusOrRefusal(Ask.FingerprintAsync(simulator))).Replace(Refused, "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_nobody_listens_the_port_cannot_be_taken()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "The port is held on Linux and macOS only.");
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await simulator.Nmi.SetStateAsync(NmiState.Killed);

        using var other = new TcpListener(IPAddress.Loopback, simulator.MetadataAddress.Port);

        Assert.Throws<SocketException>(other.Start);
    }

    [Fact]
    public async Task A_state_that_is_none_is_refused()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => simulator.Nmi.SetStateAsync((NmiState)99));
    }

    [Fact]
    public async Task States_may_change_while_requests_are_under_way()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        var switching = Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await simulator.Nmi.SetStateAsync((NmiState)((i + worker) % 5));
                simulator.Pod.Bind(new SimulatedIdentity($"id-{worker}-{i}"));
                simulator.Proxy.Enabled = i % 7 == 0;
            }
        })));
        var asking = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                try
                {
                    Assert.InRange((await Ask.FingerprintAsync(simulator)).Status, 400, 404);
                }
                catch (HttpRequestException)
                {
                    // refused or aborted: as it should be while NMI is killed
                }
            }
        }));
        await Task.WhenAll([switching, .. asking]);

        simulator.Proxy.Enabled = false;
        await simulator.Nmi.SetStateAsync(NmiState.Active);
        Assert.Equal(400, (await Ask.FingerprintAsync(simulator)).Status);
    }

    private static async Task<string> StatusOrRefusal(Task<Reply> answer) => await OrRefusal(answer) is { } reply ? $"{reply.Status}" : Refused;

    private static async Task<string> BodyOrRefusal(Task<Reply> answer) => await OrRefusal(answer) is { } reply ? reply.Body : Refused;

    private static async Task<Reply?> OrRefusal(Task<Reply> answer)
    {
        try
        {
            return await answer;
        }
        catch (HttpRequestException e)
        {
            Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode);
            return null;
        }
    }
}
