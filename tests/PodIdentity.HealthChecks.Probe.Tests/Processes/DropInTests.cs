using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>Without arguments, as the Go image <c>podidentityinitcheck</c>.</summary>
public sealed class DropInTests
{
    [Fact]
    public async Task A_verified_token_is_success()
    {
        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync("", ("POD_IDENTITY_URL", $"{node.TokenEndpoint}"));

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("Healthy: NMI issued a token", result.Output, Ordinal);
        var request = Assert.Single(node.TokenRequests());
        Assert.Equal("?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F", request.Query);
        Assert.Equal("true", request.Headers["Metadata"]);
    }

    [Fact]
    public async Task Without_a_token_it_fails_after_six_attempts_with_a_line_for_each()
    {
        await using var node = await Pod.StartAsync();
        node.Nmi.Mode = NmiMode.Managed;
        node.Pod.UnbindAll();

        var result = await ProbeProcess.RunAsync(
            "", ("POD_IDENTITY_URL", $"{node.TokenEndpoint}"), ("HTTP_RETRY_MIN_SECONDS", "1ms"), ("HTTP_RETRY_MAX_SECONDS", "3ms"));

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(6, node.TokenRequests().Count);
        var lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Length);
        Assert.StartsWith("Attempt 1 of 6: Unhealthy (IdentityNotBound): ", lines[0], Ordinal);
        Assert.EndsWith("Next attempt in 1 ms; 10 min left at most.", lines[0], Ordinal);
        Assert.Contains("Next attempt in 2 ms; ", lines[1], Ordinal);
        Assert.Contains("Next attempt in 3 ms; ", lines[2], Ordinal);
        Assert.EndsWith("This was the last attempt.", lines[5], Ordinal);
    }

    [Fact]
    public async Task A_refused_connection_is_retried_until_NMI_is_there()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        using var probe = ProbeProcess.StartIn(
            "exec \"$@\" 2>&1", "", node.Environment(("HTTP_RETRY_MIN_SECONDS", "10ms"), ("HTTP_RETRY_MAX_SECONDS", "10ms"), ("HTTP_RETRY_COUNT", "10000")));

        Assert.StartsWith("Attempt 1 of 10001: Unhealthy (NmiUnreachable): ", await probe.ReadLineAsync(), Ordinal);
        await node.Nmi.SetStateAsync(NmiState.Active);
        var result = await probe.EndAsync();

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Healthy: NMI issued a token", result.Output, Ordinal);
    }
}
