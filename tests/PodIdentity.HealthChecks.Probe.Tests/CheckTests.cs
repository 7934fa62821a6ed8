namespace PodIdentity.HealthChecks.Probe.Tests;

/// <summary>One attempt and its diagnosis: every class of exit code.</summary>
public sealed class CheckTests
{
    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData("token", "Healthy: NMI issued a token to client ID ")]
    [InlineData("nmi", "Healthy: NMI is active and intercepts this pod's token requests.\n")]
    [InlineData("all", "Healthy: NMI is active and intercepts this pod's token requests.\nHealthy: NMI issued a token")]
    public async Task A_pod_in_order_is_healthy(string subject, string output)
    {
        await using var node = await Pod.StartAsync(_clock);

        var result = await InProcess.RunAsync(_clock, $"check {subject}", node.Environment());

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith(output, result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Theory]
    [InlineData("token", NmiState.Active, "Nmi", 0, "Healthy")]
    [InlineData("token", NmiState.Stopping, "Nmi", 2, "NotIntercepted")]
    [InlineData("token", NmiState.Stopped, "Nmi", 2, "NotIntercepted")]
    [InlineData("token", NmiState.NotActive, "Nmi", 2, "NotIntercepted")]
    [InlineData("token", NmiState.Killed, "Nmi", 2, "NmiUnreachable")]
    [InlineData("nmi", NmiState.NotActive, "Nmi", 2, "NmiNotActive")]
    [InlineData("nmi", NmiState.Stopping, "Nmi", 2, "NotIntercepted")]
    [InlineData("nmi", NmiState.Stopped, "Nmi", 2, "NmiUnreachable")]
    [InlineData("nmi", NmiState.Killed, "Nmi", 2, "NmiUnreachable")]
    [InlineData("all", NmiState.Stopping, "Nmi", 2, "NotIntercepted")]
    [InlineData("token", NmiState.Active, "Imds", 2, "NotIntercepted")]
    [InlineData("token", NmiState.Stopped, "Imds", 0, "Healthy")]
    public async Task NMI_that_is_not_there_is_2(string subject, NmiState state, string responder, int code, string words)
    {
        await using var node = await Pod.StartAsync(_clock);
        await node.Nmi.SetStateAsync(state);

        var result = await InProcess.RunAsync(_clock, $"check {subject} --required-responder {responder}", node.Environment());

        Assert.Equal(code, result.ExitCode);
        Assert.Contains(words, result.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_without_identity_is_1()
    {
        await using var node = await Pod.StartAsync(_clock);
        node.Nmi.Mode = NmiMode.Managed;
        node.Pod.UnbindAll();

        var result = await InProcess.RunAsync(_clock, "check token", node.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (IdentityNotBound): NMI has no identity for this pod", result.Error, StringComparison.Ordinal);
        Assert.Contains("Compare the pod's label `aadpodidbinding`", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_live_NMI_that_says_nothing_in_time_is_the_binding_or_IMDS()
    {
        await using var node = await Pod.StartAsync(_clock);
        node.Pod.UnbindAll();

        var result = await RunOutOfTimeAsync(node);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (IdentityPending): NMI is alive and has not answered", result.Error, StringComparison.Ordinal);
        Assert.Contains("One attempt cannot tell which it is", result.Error, StringComparison.Ordinal);
        Assert.Contains("`podidentity-probe watch token` as a sidecar, or the library's `AddPodIdentity()` in the application", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ImdsFault.Throttled, 4, "Throttled")]
    [InlineData(ImdsFault.InternalError, 4, "TokenServiceError")]
    [InlineData(ImdsFault.Updating, 4, "TokenServiceUpdating")]
    [InlineData(ImdsFault.NoToken, 4, "InvalidResponse")]
    [InlineData(ImdsFault.Garbage, 4, "InvalidResponse")]
    [InlineData(ImdsFault.Huge, 4, "InvalidResponse")]
    [InlineData(ImdsFault.Truncated, 4, "InvalidResponse")]
    [InlineData(ImdsFault.Redirect, 4, "InvalidResponse")]
    [InlineData(ImdsFault.Forbidden, 1, "TokenRejected")]
    public async Task A_token_service_in_trouble_is_4(ImdsFault fault, int code, string reason)
    {
        await using var node = await Pod.StartAsync(_clock);
        await node.Nmi.SetStateAsync(NmiState.Stopping);
        node.Imds.Fault = fault;

        var result = await InProcess.RunAsync(_clock, "check token", node.Environment());

        Assert.Equal((code, true), (result.ExitCode, result.Error.StartsWith($"Unhealthy ({reason}): ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_token_service_that_is_too_slow_is_4()
    {
        await using var node = await Pod.StartAsync(_clock);
        await node.Nmi.SetStateAsync(NmiState.Stopping);
        node.Imds.Fault = ImdsFault.SlowDrip;

        var result = await RunOutOfTimeAsync(node);

        Assert.Equal(4, result.ExitCode);
        Assert.StartsWith("Unhealthy (TimedOut): ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_another_identity_is_1()
    {
        await using var node = await Pod.StartAsync(_clock);

        var result = await InProcess.RunAsync(_clock, "check token --expected-object-id 6f9619ff-8b86-d011-b42d-00c04fc964ff", node.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (IdentityMismatch): ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_identity_and_the_resource_that_are_named_are_asked_for()
    {
        await using var node = await Pod.StartAsync(_clock);
        var client = node.Identity().ClientId;

        await InProcess.RunAsync(_clock, $"check token --client-id {client} --resource https://vault.azure.net", node.Environment());

        Assert.Equal($"?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net&client_id={client}", Assert.Single(node.TokenRequests()).Query);
    }

    [Fact]
    public async Task No_token_is_ever_shown()
    {
        await using var node = await Pod.StartAsync(_clock);
        const string Text = "eyJhbGciOiJub25lIn0.c2VjcmV0LXNlY3JldC1zZWNyZXQ.c2lnbmF0dXJl";
        node.Imds.TokenFactory = _ => Text;

        foreach (var arguments in new[] { "check all", "check token --output json", "check token --expected-client-id 6f9619ff-8b86-d011-b42d-00c04fc964ff" })
        {
            var result = await InProcess.RunAsync(_clock, arguments, node.Environment());

            Assert.NotEmpty(result.All);
            Assert.DoesNotContain("eyJ", result.All, StringComparison.Ordinal);
            Assert.DoesNotContain("c2Vj", result.All, StringComparison.Ordinal);
        }
    }

    /// <summary>The attempt ends when its request has arrived, and not by itself.</summary>
    private async Task<ProbeResult> RunOutOfTimeAsync(PodIdentitySimulator node)
    {
        var run = InProcess.RunAsync(_clock, "check token --attempt-timeout 200ms", node.Environment());
        await node.WhenRequests(Pod.IsTokenRequest, 1, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        return await run;
    }
}
