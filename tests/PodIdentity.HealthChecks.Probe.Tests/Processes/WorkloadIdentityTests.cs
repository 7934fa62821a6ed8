using System.Text;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>On a pod that azure-workload-identity's webhook has changed.</summary>
public sealed class WorkloadIdentityTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Without_the_proxy_it_says_what_it_can_and_what_it_cannot_check()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        WriteToken(TimeProvider.System.GetUtcNow().AddHours(1));

        var result = await ProbeProcess.RunAsync("check token", node.Environment(("AZURE_FEDERATED_TOKEN_FILE", _file)));

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith($"Degraded: This pod uses workload identity without its proxy: the federated token file {_file} is in order", result.Output, StringComparison.Ordinal);
        Assert.Contains("Whether Microsoft Entra ID issues a token for it was not asked", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_federated_token_is_1()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        WriteToken(TimeProvider.System.GetUtcNow().AddHours(-1));

        var result = await ProbeProcess.RunAsync("check token", node.Environment(("AZURE_FEDERATED_TOKEN_FILE", _file)));

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unhealthy (FederatedTokenUnusable): ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_proxy_the_token_is_checked()
    {
        await using var node = await Pod.StartAsync();
        node.Proxy.Enabled = true;
        WriteToken(TimeProvider.System.GetUtcNow().AddHours(1));

        var result = await ProbeProcess.RunAsync(
            $"check token --client-id {node.Identity().ClientId}", node.Environment(("AZURE_FEDERATED_TOKEN_FILE", _file)));

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("Healthy: The workload identity proxy issued a token", result.Output, StringComparison.Ordinal);
    }

    private void WriteToken(DateTimeOffset expiry)
    {
        var payload = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"exp":{{expiry.ToUnixTimeSeconds()}}}""")).TrimEnd('=');
        File.WriteAllText(_file, $"e30.{payload}.c2ln");
    }
}
