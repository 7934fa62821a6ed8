using System.Net;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests;

public class ImdsFaultTests
{
    private const int TenMebibytes = 10 * 1024 * 1024;

    [Theory]
    [InlineData(ImdsFault.Throttled, 429, "too many requests")]
    [InlineData(ImdsFault.NotFound, 404, "updating")]
    [InlineData(ImdsFault.Updating, 410, "updating")]
    [InlineData(ImdsFault.InternalError, 500, "Failed to retrieve token")]
    [InlineData(ImdsFault.Unavailable, 503, "unavailable")]
    [InlineData(ImdsFault.BadGateway, 502, "bad_gateway")]
    [InlineData(ImdsFault.Forbidden, 403, "AADSTS")]
    [InlineData(ImdsFault.Unauthorized, 401, "error")]
    [InlineData(ImdsFault.Garbage, 200, "this is not json")]
    [InlineData(ImdsFault.Empty, 200, "")]
    [InlineData(ImdsFault.NoToken, 200, "{}")]
    [InlineData(ImdsFault.Redirect, 302, "")]
    public async Task A_direct_caller_sees_the_fault_at_once(ImdsFault fault, int status, string text)
    {
        await using var simulator = await StartAsync(new ManualTimeProvider(), fault, NmiState.NotActive);

        var answer = await Ask.TokenAsync(simulator);

        Assert.Equal(status, answer.Status);
        Assert.Contains(text, answer.Body, StringComparison.Ordinal);
        Assert.StartsWith("IMDS/", answer.Headers["Server"], StringComparison.Ordinal);
        Assert.False(answer.Headers.ContainsKey("Retry-After"));
    }

    [Theory]
    [InlineData(ImdsFault.Throttled, 403, "Status Code = '429'", 112)]
    [InlineData(ImdsFault.NotFound, 403, "Status Code = '404'", 112)]
    [InlineData(ImdsFault.Updating, 403, "Status Code = '410'", 112)]
    [InlineData(ImdsFault.InternalError, 403, "Status Code = '500'", 112)]
    [InlineData(ImdsFault.Unavailable, 403, "Status Code = '503'", 112)]
    [InlineData(ImdsFault.BadGateway, 403, "Status Code = '502'", 112)]
    [InlineData(ImdsFault.Forbidden, 403, "Status Code = '403'", 0)]
    [InlineData(ImdsFault.Unauthorized, 403, "Status Code = '401'", 0)]
    [InlineData(ImdsFault.Refuse, 503, "connection refused", 112)]
    [InlineData(ImdsFault.Drop, 503, "i/o timeout", 262)]
    [InlineData(ImdsFault.Garbage, 403, "Failed to unmarshal", 0)]
    [InlineData(ImdsFault.Huge, 200, "AAAA", 0)]
    [InlineData(ImdsFault.Empty, 503, "Empty service principal token", 0)]
    [InlineData(ImdsFault.NoToken, 200, "\"access_token\":\"\"", 0)]
    [InlineData(ImdsFault.Redirect, 503, "missing Location", 112)]
    [InlineData(ImdsFault.Truncated, 503, "unexpected EOF", 0)]
    public async Task NMI_reports_the_fault_as_late_as_the_real_one(ImdsFault fault, int status, string text, int seconds)
    {
        var clock = new ManualTimeProvider();
        await using var simulator = await StartAsync(clock, fault);
        simulator.Imds.RetryAfter = TimeSpan.FromSeconds(7);

        var asking = Ask.TokenAsync(simulator);
        var waited = await clock.RunUntilAsync(asking);

        var answer = await asking;
        Assert.Equal(status, answer.Status);
        Assert.Contains(text, answer.Body, StringComparison.Ordinal);
        Assert.False(answer.Headers.ContainsKey("Retry-After"), "NMI passes no Retry-After on.");
        Assert.Equal(TimeSpan.FromSeconds(seconds), waited);
        Assert.Equal(seconds == 0 ? 1 : 5, simulator.Requests.Count(r => r.Forwarded));
    }

    [Theory]
    [InlineData(ImdsFault.Hang, NmiState.Active)]
    [InlineData(ImdsFault.Hang, NmiState.NotActive)]
    [InlineData(ImdsFault.Drop, NmiState.NotActive)]
    [InlineData(ImdsFault.SlowDrip, NmiState.Active)]
    public async Task A_hang_lasts_until_the_simulator_ends(ImdsFault fault, NmiState state)
    {
        var clock = new ManualTimeProvider();
        var simulator = await StartAsync(clock, fault, state);
        var asking = Ask.TokenAsync(simulator);
        await simulator.WhenRequests(r => r.Responder == SimulatedResponder.Imds, ct: TestContext.Current.CancellationToken);

        clock.Advance(TimeSpan.FromHours(1));
        Assert.False(asking.IsCompleted);

        await simulator.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => asking.OrHung());
    }

    [Fact]
    public async Task A_direct_caller_of_a_refusing_IMDS_is_cut_off()
    {
        await using var simulator = await StartAsync(new ManualTimeProvider(), ImdsFault.Refuse, NmiState.NotActive);

        await Assert.ThrowsAsync<HttpRequestException>(() => Ask.TokenAsync(simulator));
    }

    [Fact]
    public async Task A_huge_answer_holds_a_token_of_10_MiB()
    {
        await using var simulator = await StartAsync(new ManualTimeProvider(), ImdsFault.Huge, NmiState.NotActive);

        Assert.InRange((await Ask.TokenAsync(simulator)).Body.Length, TenMebibytes, TenMebibytes + 1024);
    }

    [Fact]
    public async Task A_truncated_answer_is_shorter_than_it_promised()
    {
        await using var simulator = await StartAsync(new ManualTimeProvider(), ImdsFault.Truncated, NmiState.NotActive);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Ask.TokenAsync(simulator));
    }

    [Fact]
    public async Task A_slow_drip_gives_a_byte_a_second()
    {
        var clock = new ManualTimeProvider();
        await using var simulator = await StartAsync(clock, ImdsFault.SlowDrip, NmiState.NotActive);
        using var client = Ask.Client();
        client.DefaultRequestHeaders.Add("Metadata", "true");

        await using var body = await client.GetStreamAsync(simulator.TokenEndpoint + Ask.Query, TestContext.Current.CancellationToken);

        var read = new byte[16];
        for (var second = 0; second < 20; second++)
        {
            Assert.Equal(1, await body.ReadAsync(read, TestContext.Current.CancellationToken));
            await clock.WhenWaitingFor(TimeSpan.FromSeconds(1));
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Garbage_follows_from_its_seed()
    {
        await using var simulator = await StartAsync(new ManualTimeProvider(), ImdsFault.Garbage, NmiState.NotActive);
        List<string> bodies = [];
        foreach (var seed in (int[])[1, 1, 2])
        {
            simulator.Imds.GarbageSeed = seed;
            bodies.Add((await Ask.TokenAsync(simulator)).Body);
        }

        Assert.Equal(bodies[0], bodies[1]);
        Assert.NotEqual(bodies[0], bodies[2], StringComparer.Ordinal);

        await simulator.Nmi.SetStateAsync(NmiState.Active);
        Assert.Contains("invalid character '<' looking for beginning of value", (await Ask.TokenAsync(simulator)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NMI_follows_a_redirect_and_a_direct_caller_is_told_where_it_leads()
    {
        await using var target = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await using var simulator = await StartAsync(new ManualTimeProvider(), ImdsFault.Redirect);
        simulator.Imds.RedirectTo = new Uri(target.TokenEndpoint + Ask.Query);

        var throughNmi = await Ask.TokenAsync(simulator);
        await simulator.Nmi.SetStateAsync(NmiState.NotActive);
        var direct = await Ask.TokenAsync(simulator);

        Assert.Equal(target.Pod.Bound[0].ClientId, throughNmi.Claim("appid").GetString());
        Assert.Equal(simulator.Imds.RedirectTo.AbsoluteUri, direct.Headers["Location"]);
        Assert.Single(target.Requests, r => !r.Forwarded);
        Assert.Throws<ArgumentException>(() => simulator.Imds.RedirectTo = new Uri("/elsewhere", UriKind.Relative));
    }

    [Theory]
    [InlineData(ImdsFault.Throttled)]
    [InlineData(ImdsFault.InternalError)]
    [InlineData(ImdsFault.BadGateway)]
    [InlineData(ImdsFault.Unavailable)]
    public async Task A_direct_caller_hears_when_to_come_back(ImdsFault fault)
    {
        await using var simulator = await StartAsync(new ManualTimeProvider(), fault, NmiState.NotActive);
        simulator.Imds.RetryAfter = TimeSpan.FromSeconds(6.5);

        Assert.Equal("7", (await Ask.TokenAsync(simulator)).Headers["Retry-After"]);
    }

    [Theory]
    [InlineData(ImdsFault.Refuse, HttpStatusCode.BadGateway, 0)]
    [InlineData(ImdsFault.Drop, HttpStatusCode.BadGateway, 30)]
    public async Task What_NMI_passes_on_fails_with_IMDS(ImdsFault fault, HttpStatusCode status, int seconds)
    {
        var clock = new ManualTimeProvider();
        await using var simulator = await StartAsync(clock, fault);

        var asking = Ask.OnceAsync(new Uri(simulator.MetadataAddress, "metadata/instance?api-version=2021-02-01"), ("Metadata", "true"));

        Assert.Equal(TimeSpan.FromSeconds(seconds), await clock.RunUntilAsync(asking));
        Assert.Equal((int)status, (await asking).Status);
    }

    private static async Task<PodIdentitySimulator> StartAsync(ManualTimeProvider clock, ImdsFault fault, NmiState state = NmiState.Active)
    {
        var simulator = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = clock, TestContext.Current.CancellationToken);
        simulator.Imds.Fault = fault;
        await simulator.Nmi.SetStateAsync(state);
        return simulator;
    }
}
