using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>On a pod that workload identity's webhook missed: the metadata address is asked.</summary>
public sealed class MissedPodTests : IAsyncLifetime
{
    private FederatedPod _pod = null!;

    public async ValueTask InitializeAsync() => _pod = await FederatedPod.StartAsync(missed: true);

    public ValueTask DisposeAsync() => _pod.DisposeAsync();

    [Fact]
    public async Task Where_nobody_answers_there_is_no_mode()
    {
        await _pod.Node.Nmi.SetStateAsync(NmiState.Killed);

        Assert.Equal("None", (await _pod.CheckAsync(Ask)).Data[PodIdentityDataKeys.Mode]);
    }

    [Fact]
    public async Task Where_Entra_is_required_it_is_told_so_and_NMI_is_not_asked()
    {
        Environment.SetEnvironmentVariable("AZURE_CLIENT_ID", _pod.Identity.ClientId);
        await _pod.Node.Nmi.SetStateAsync(NmiState.Stopped);

        var entry = await _pod.CheckAsync(o =>
        {
            Ask(o);
            o.RequiredResponder = PodIdentityResponder.Entra;
            o.NmiHealthEndpoint = _pod.Node.NmiHealthEndpoint;
        });

        entry.ShouldFailFor(WorkloadIdentityNotInjected);
        Assert.Contains("AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE in this pod", entry.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("NMI", entry.Description, StringComparison.Ordinal);
        Assert.DoesNotContain(_pod.Node.Requests, r => r.Path is "/healthz" or "/host/token");
    }

    [Fact]
    public async Task The_nodes_identity_is_told_as_that()
    {
        await _pod.Node.Nmi.SetStateAsync(NmiState.Stopped);

        var entry = await _pod.CheckAsync(Ask);

        entry.ShouldBeHealthy();
        Assert.Contains("it is for the node's identity", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_its_proxy_sidecar_has_kept_is_told_as_an_old_one()
    {
        (_pod.Node.Proxy.Enabled, _pod.Node.Proxy.KeepsCredential, _pod.Node.Proxy.DefaultClientId) = (true, true, _pod.Identity.ClientId);
        var issued = _pod.Time.GetUtcNow();
        await using var check = _pod.CreateCheck(Ask);
        (await check.CheckAsync()).ShouldBeHealthy();
        _pod.Node.Proxy.EntraError = "AADSTS70021: No matching federated identity record found";
        _pod.Time.Advance(TimeSpan.FromHours(1));

        var entry = await check.CheckAsync();

        entry.ShouldBeHealthy();
        Assert.Contains("cache", entry.Description, StringComparison.Ordinal);
        Assert.Equal(issued.ToUnixTimeSeconds(), ((DateTimeOffset)entry.Data[PodIdentityDataKeys.IssuedAt]).ToUnixTimeSeconds());
    }

    [Fact]
    public async Task A_password_in_the_metadata_address_is_not_shown()
    {
        const string Variable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
        var before = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, "http://somebody:pa55word@127.0.0.1:9/");
        try
        {
            await _pod.Node.Nmi.SetStateAsync(NmiState.Killed);

            var entry = await _pod.CheckAsync();

            Assert.Equal(HealthStatus.Unhealthy, entry.Status);
            Assert.DoesNotContain("pa55word", entry.Description + string.Join(' ', entry.Data.Values), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }
    }

    private void Ask(PodIdentityHealthCheckOptions options) => options.TokenEndpoint = _pod.Node.TokenEndpoint;
}
