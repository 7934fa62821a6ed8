using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>Every setting does what it says, as a variable and as a flag.</summary>
public sealed class SettingsTests
{
    private const string Other = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    public static TheoryData<string, string> Given => new(
        from name in new[]
        {
            "resource", "client-id", "resource-id", "object-id", "expected-client-id", "expected-object-id", "expected-tenant-id",
            "expected-resource-id", "required-responder", "minimum-token-lifetime", "attempt-timeout", "nmi-probe-port", "nmi-probe-path",
            "host-ip", "nmi-health-endpoint", "require-active", "verify-interception", "token-endpoint", "retry-count", "retry-min", "retry-max",
            "interval", "result-lifetime", "status-file", "failing-for", "output",
        }
        from way in new[] { "flag", "variable" }
        select (name, way));

    [Theory]
    [MemberData(nameof(Given))]
    public async Task A_setting_takes_effect(string name, string way)
    {
        await using var node = await Pod.StartAsync();
        switch (name)
        {
            case "resource":
                await Run("check token", "https://vault.azure.net", 0);
                Assert.Contains("&resource=https%3A%2F%2Fvault.azure.net", Assert.Single(node.TokenRequests()).Query, Ordinal);
                break;
            case "client-id":
                await Run("check token", node.Identity().ClientId, 0);
                Assert.Contains($"&client_id={node.Identity().ClientId}", Assert.Single(node.TokenRequests()).Query, Ordinal);
                break;
            case "resource-id":
                await Run("check token", node.Identity().ResourceId, 0);
                Assert.Contains("&msi_res_id=%2Fsubscriptions", Assert.Single(node.TokenRequests()).Query, Ordinal);
                break;
            case "object-id":
                await Run("check token", node.Identity().ObjectId, 0);
                Assert.Contains($"&object_id={node.Identity().ObjectId}", Assert.Single(node.TokenRequests()).Query, Ordinal);
                break;
            case "expected-client-id" or "expected-object-id" or "expected-tenant-id":
                await Run("check token", Other, 1, "IdentityMismatch");
                break;
            case "expected-resource-id":
                await Run("check token", "/subscriptions/other", 1, "IdentityMismatch");
                break;
            case "required-responder":
                await Run("check token", "workloadidentityproxy", 2, "NotIntercepted");
                break;
            case "minimum-token-lifetime":
                node.Imds.TokenLifetime = TimeSpan.FromHours(1);
                await Run("check token", "1h30m", 0, "Degraded (TokenExpiring)");
                break;
            case "attempt-timeout":
                node.Imds.Fault = ImdsFault.Hang;
                await Run("check token", "150ms", 1, "IdentityPending");
                break;
            case "nmi-probe-port":
                await Run("check nmi", "1", 2, "http://127.0.0.1:1/healthz", ("POD_IDENTITY_NMI_HEALTH_ENDPOINT", ""), ("HOST_IP", "127.0.0.1"));
                break;
            case "nmi-probe-path":
                await Run("check nmi", "/other", 2, "http://127.0.0.1:1/other", ("POD_IDENTITY_NMI_HEALTH_ENDPOINT", ""), ("HOST_IP", "127.0.0.1"), ("POD_IDENTITY_NMI_PROBE_PORT", "1"));
                break;
            case "host-ip":
                await Run("check nmi", "127.0.0.1", 0, "Healthy", ("POD_IDENTITY_NMI_HEALTH_ENDPOINT", ""), ("POD_IDENTITY_NMI_PROBE_PORT", $"{node.NmiProbeAddress.Port}"));
                break;
            case "nmi-health-endpoint":
                await Run("check nmi", "http://127.0.0.1:1/healthz", 2, "http://127.0.0.1:1/healthz");
                break;
            case "require-active":
                await node.Nmi.SetStateAsync(NmiState.NotActive);
                await Run("check nmi", "false", 0);
                break;
            case "verify-interception":
                await node.Nmi.SetStateAsync(NmiState.Stopping);
                await Run("check nmi", "false", 0);
                break;
            case "token-endpoint":
                await Run("check token", "http://127.0.0.1:1/metadata/identity/oauth2/token", 2, "http://127.0.0.1:1/");
                break;
            case "retry-count":
                await node.Nmi.SetStateAsync(NmiState.Killed);
                await Run("wait token", "2", 2, "Attempt 3 of 3");
                break;
            case "retry-min":
                await node.Nmi.SetStateAsync(NmiState.Killed);
                await Run("wait token", "30ms", 2, "Next attempt in 30 ms", ("HTTP_RETRY_COUNT", "1"));
                break;
            case "retry-max":
                await node.Nmi.SetStateAsync(NmiState.Killed);
                await Run("wait token", "7ms", 2, "Next attempt in 7 ms", ("HTTP_RETRY_COUNT", "4"));
                break;
            case "interval":
                using (var probe = Start("watch token", "1s", ("POD_IDENTITY_RESULT_LIFETIME", "0")))
                {
                    await node.WhenRequests(Pod.IsTokenRequest, 2, TestContext.Current.CancellationToken);
                }

                break;
            case "result-lifetime":
                using (var probe = Start("watch token", "0", ("POD_IDENTITY_INTERVAL", "1s")))
                {
                    await node.WhenRequests(Pod.IsTokenRequest, 2, TestContext.Current.CancellationToken);
                }

                break;
            case "status-file":
                using (var directory = new TemporaryDirectory())
                using (var probe = Start("watch token", directory.File("identity")))
                {
                    await probe.ReadLineAsync();
                    Assert.True(File.Exists(directory.File("identity")));
                }

                break;
            case "failing-for":
                using (var directory = new TemporaryDirectory())
                {
                    await File.WriteAllTextAsync(directory.File("identity"), StatusTexts.Failing(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow()), TestContext.Current.CancellationToken);
                    await Run($"status {directory.File("identity")}", "5m", 0, "it counts after 5 min 0 s.");
                }

                break;
            case "output":
                await Run("check token", "JSON", 0, "\"status\":\"Healthy\"");
                break;
            default:
                Assert.Fail($"{name} is not tested.");
                break;
        }

        async Task Run(string command, string value, int code, string words = "Healthy", params (string, string)[] more)
        {
            using var probe = Start(command, value, more);
            var result = await probe.EndAsync();
            Assert.Equal((code, result.All), (result.ExitCode, result.All));
            Assert.Contains(words, result.All, Ordinal);
        }

        ProbeProcess Start(string command, string value, params (string, string)[] more) => way is "flag"
            ? ProbeProcess.Start($"{command} --{name}={value}", node.Environment(more))
            : ProbeProcess.Start(command, node.Environment([.. more, (VariableOf(name), value)]));
    }

    [Fact]
    public async Task A_flag_counts_before_its_variable()
    {
        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync("check token --output text", node.Environment(("POD_IDENTITY_OUTPUT", "json")));

        Assert.StartsWith("Healthy: ", result.Output, Ordinal);
    }

    [Fact]
    public async Task The_address_that_Azure_Identity_is_sent_to_is_asked()
    {
        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync("check token", ("AZURE_POD_IDENTITY_AUTHORITY_HOST", $"{node.MetadataAddress}"));

        Assert.Equal(0, result.ExitCode);
        Assert.Single(node.TokenRequests());
    }

    [Theory]
    [InlineData("")]
    [InlineData("check all --no-such-flag")]
    [InlineData("wait nmi --retry-count many")]
    public async Task One_variable_switches_all_of_it_off(string arguments)
    {
        var result = await ProbeProcess.RunAsync(arguments, ("POD_IDENTITY_DISABLED", "true"), ("POD_IDENTITY_URL", "nonsense"));

        Assert.Equal((0, "Nothing is checked: POD_IDENTITY_DISABLED is set.\n"), (result.ExitCode, result.Output));
    }

    private static string VariableOf(string name) => name switch
    {
        "token-endpoint" => "POD_IDENTITY_URL",
        "resource" => "POD_IDENTITY_ACCESS_URL",
        "host-ip" => "HOST_IP",
        "retry-min" or "retry-max" => $"HTTP_{name.Replace('-', '_').ToUpperInvariant()}_SECONDS",
        "retry-count" => "HTTP_RETRY_COUNT",
        _ => $"POD_IDENTITY_{name.Replace('-', '_').ToUpperInvariant()}",
    };
}
