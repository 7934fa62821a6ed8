using PodIdentity.HealthChecks.Tests.Attack;
using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Nmi;

/// <summary><c>AddNmiHealth()</c> against the simulator.</summary>
public sealed class NmiHealthTests
{
    [Fact]
    public async Task An_NMI_that_is_active_and_intercepts_is_healthy()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithNmi(node);

        (await pod.CheckAsync()).ShouldBeHealthy();
        Assert.Equal<string>(["/healthz", "/host/token"], [.. node.Requests.Select(r => r.Path)]);
    }

    [Theory]
    [InlineData(NmiState.NotActive, PodIdentityFailureReason.NmiNotActive)]
    [InlineData(NmiState.Stopping, PodIdentityFailureReason.NotIntercepted)]
    [InlineData(NmiState.Stopped, PodIdentityFailureReason.NmiUnreachable)]
    [InlineData(NmiState.Killed, PodIdentityFailureReason.NmiUnreachable)]
    public async Task Any_other_state_fails_within_one_attempt(NmiState state, PodIdentityFailureReason reason)
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(state);
        await using var pod = CheckedPod.WithNmi(node);

        (await pod.CheckAsync()).ShouldFailFor(reason);
    }

    [Theory]
    [InlineData("<html>It works!</html>")]
    [InlineData("{\"status\":\"ok\"}")]
    [InlineData("active")]
    [InlineData("")]
    public async Task What_says_neither_of_NMIs_two_words_is_not_NMI(string text)
    {
        await using var node = await Node.StartAsync();
        await using var other = new RawServer(async c =>
        {
            await c.ReadRequestAsync();
            await c.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}");
        });
        await using var pod = CheckedPod.WithNmi(node, o => o.Endpoint = new Uri(other.Address, "/healthz"));

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.InvalidResponse);
    }

    [Fact]
    public async Task Without_RequireActive_any_200_passes()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.NotActive);
        await using var pod = CheckedPod.WithNmi(node, o => o.RequireActive = false);

        (await pod.CheckAsync()).ShouldBeHealthy();
        Assert.Equal<string>(["/healthz"], [.. node.Requests.Select(r => r.Path)]);
    }

    [Fact]
    public async Task Without_VerifyInterception_a_stopping_NMI_passes_as_it_says()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopping);
        await using var pod = CheckedPod.WithNmi(node, o => o.VerifyInterception = false);

        (await pod.CheckAsync()).ShouldBeHealthy();
    }

    [Fact]
    public async Task The_fingerprint_is_not_asked_where_health_is_conclusive_so_that_IMDS_is_spared()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.NotActive);
        await using var pod = CheckedPod.WithNmi(node);

        await pod.CheckAsync();

        Assert.DoesNotContain(node.Requests, r => r.Responder is SimulatedResponder.Imds);
    }

    [Fact]
    public async Task A_wrong_path_is_told_from_a_dead_NMI()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithNmi(node, o => o.Endpoint = new Uri(node.NmiProbeAddress, "readyz"));

        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(PodIdentityFailureReason.InvalidResponse);
        Assert.Contains("/healthz", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_node_is_found_by_HOST_IP_port_and_path()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.Create(checks => checks.AddNmiHealth(o =>
        {
            o.HostIp = node.NmiProbeAddress.Host;
            o.Port = node.NmiProbeAddress.Port;
            o.MetadataAddress = node.MetadataAddress;
        }));

        (await pod.CheckAsync()).ShouldBeHealthy();
    }

    [Theory]
    [InlineData("10.240.0.4", "http://10.240.0.4:8085/healthz")]
    [InlineData("fd00::4", "http://[fd00::4]:8085/healthz")]
    [InlineData("[fd00::4]", "http://[fd00::4]:8085/healthz")]
    [InlineData("node-1.internal", "http://node-1.internal:8085/healthz")]
    public void An_endpoint_is_built_for_IPv4_IPv6_and_names(string host, string endpoint) =>
        Assert.Equal(endpoint, HealthChecks.Nmi.NmiEndpoint.Of(new NmiHealthCheckOptions { HostIp = host })!.AbsoluteUri);

    [Fact]
    public async Task A_failure_within_the_grace_period_is_degraded_and_after_it_fails()
    {
        await using var node = await Node.StartAsync();
        var clock = new ManualTimeProvider();
        await using var pod = CheckedPod.WithNmi(node, o => o.FailureGracePeriod = TimeSpan.FromMinutes(1), clock);
        (await pod.CheckAsync()).ShouldBeHealthy();
        await node.Nmi.SetStateAsync(NmiState.Stopped);

        clock.Advance(TimeSpan.FromSeconds(59));
        var excused = await pod.CheckAsync();
        Assert.Equal((HealthStatus.Degraded, PodIdentityFailureReason.NmiUnreachable), (excused.Status, excused.Reason()));

        clock.Advance(TimeSpan.FromSeconds(1));
        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.NmiUnreachable);
    }

    [Fact]
    public async Task Grace_excuses_nothing_before_a_first_success()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        await using var pod = CheckedPod.WithNmi(node, o => o.FailureGracePeriod = TimeSpan.FromMinutes(1));

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.NmiUnreachable);
    }
}
