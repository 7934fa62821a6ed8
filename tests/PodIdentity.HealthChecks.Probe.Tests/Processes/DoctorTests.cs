using System.Text.Json;
using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>Every step on the way to a token, for a person.</summary>
public sealed class DoctorTests
{
    private const string Steps =
        "mode, variables, token file, HOST_IP, NMI port, NMI health, metadata address, interception, Entra DNS, Entra TCP, Entra TLS, token, identity";

    [Fact]
    public async Task On_a_pod_that_NMI_serves_each_step_is_ticked_in_order_or_is_not_on_the_way()
    {
        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync("doctor", node.Environment());

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        var lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(Steps, string.Join(", ", lines.Select(l => l[2..20].TrimEnd())));
        Assert.Equal("✓✓–✓✓✓✓✓–––✓✓", string.Concat(lines.Select(l => l[0])));
        Assert.Matches(@"accepted the connection \(\d+ m?s\)$", lines[4]);
        Assert.Contains("answered 200 \"Active\"", lines[5], Ordinal);
        Assert.Contains("NMI intercepts: ", lines[7], Ordinal);
        Assert.Contains("NMI issued a token to client ID ", lines[11], Ordinal);
        Assert.Contains($"clientId {node.Identity().ClientId}", lines[12], Ordinal);
        Assert.Single(node.TokenRequests());
    }

    [Fact]
    public async Task On_a_pod_of_workload_identity_the_token_file_and_Entra_are_on_the_way()
    {
        await using var entra = await FederatedPod.StartAsync();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(entra.TokenFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        }

        var result = await ProbeProcess.RunAsync("doctor", entra.Environment(("HOST_IP", "10.240.0.4")));

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        var lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("✓✓✓–––––✓✓✓✓✓", string.Concat(lines.Select(l => l[0])));
        Assert.EndsWith(
            "set: POD_IDENTITY_ATTEMPT_TIMEOUT, HOST_IP, HTTP_RETRY_MIN_SECONDS, AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE, AZURE_AUTHORITY_HOST, SSL_CERT_FILE",
            lines[1],
            Ordinal);
        Assert.Contains($": issuer `{entra.Pod.FederatedCredential.Issuer}`, subject `{entra.Pod.FederatedCredential.Subject}`, audience `api://AzureADTokenExchange`; valid for ", lines[2], Ordinal);
        Assert.EndsWith("; mode 440: its owner and group may read it", lines[2], Ordinal);
        Assert.Contains("the certificate was issued by CN=PodIdentity.HealthChecks simulator", lines[10], Ordinal);
        Assert.Contains($"clientId {entra.Identity.ClientId}, objectId {entra.Identity.ObjectId}, tenantId {entra.Identity.TenantId}", lines[12], Ordinal);
        Assert.DoesNotContain(await File.ReadAllTextAsync(entra.TokenFile, TestContext.Current.CancellationToken), result.All, Ordinal);
        Assert.Equal(1, entra.Exchanges);
    }

    [Theory]
    [InlineData(NmiState.Killed, "", 2, "NMI port", "NmiUnreachable", "✓✓–✓✗–✗––––––")]
    [InlineData(NmiState.Stopped, "", 2, "NMI port", "NmiUnreachable", "✓✓–✓✗–✓✗–––✓✓")]
    [InlineData(NmiState.NotActive, "", 2, "NMI health", "NmiNotActive", "✓✓–✓✓✗✓✗–––✓✓")]
    [InlineData(NmiState.Stopping, "", 2, "interception", "NotIntercepted", "✓✓–✓✓✓✓✗–––✓✓")]
    [InlineData(NmiState.Stopped, "--required-responder Imds", 0, null, null, "✓✓––––✓✓–––✓✓")]
    [InlineData(NmiState.Active, "--expected-object-id 6f9619ff-8b86-d011-b42d-00c04fc964ff", 1, "identity", "IdentityMismatch", "✓✓–✓✓✓✓✓–––✓✗")]
    public async Task The_first_step_that_fails_says_what_to_do_and_has_its_exit_code(
        NmiState state, string flags, int code, string? name, string? reason, string marks)
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(state);

        var (result, steps) = await RunAsync($"doctor {flags}", node.Environment());

        Assert.Equal((code, marks), (result.ExitCode, string.Concat(steps.Select(Mark))));
        var hinted = steps.Where(s => s.TryGetProperty("hint", out _)).ToArray();
        Assert.Equal(name is null ? [] : [(name, reason)], hinted.Select(s => (s.GetProperty("step").GetString(), s.GetProperty("reason").GetString())));
    }

    [Fact]
    public async Task A_pod_without_identity_is_told_so_by_NMI()
    {
        await using var node = await Pod.StartAsync();
        node.Nmi.Mode = NmiMode.Managed;
        node.Pod.UnbindAll();

        var result = await ProbeProcess.RunAsync("doctor", node.Environment());

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("✗ token             NMI has no identity for this pod", result.Output, Ordinal);
        Assert.Contains("\n  What to do: Compare the pod's label `aadpodidbinding`", result.Output, Ordinal);
        Assert.EndsWith("\n– identity          there is no token\n", result.Output, Ordinal);
    }

    [Fact]
    public async Task A_token_file_that_is_missing_ends_the_way_but_not_the_look_at_Entra()
    {
        await using var entra = await FederatedPod.StartAsync();
        File.Delete(entra.TokenFile);

        var (result, steps) = await RunAsync("doctor", entra.Environment());

        Assert.Equal((1, "✓✓✗–––––✓✓✓––"), (result.ExitCode, string.Concat(steps.Select(Mark))));
        Assert.Equal("FederatedTokenUnusable", steps[2].GetProperty("reason").GetString());
        Assert.Equal(0, entra.Exchanges);
    }

    [Theory]
    [InlineData("https://login.invalid/", 8, "Check the variable that the name comes from, then the cluster's DNS")]
    [InlineData("https://127.0.0.1:1/", 9, "Allow port 1 to 127.0.0.1")]
    [InlineData("https://0.0.0.0:1/", 9, "Allow port 1 to 0.0.0.0")]
    [InlineData("", 10, "Check AZURE_AUTHORITY_HOST and the node's clock.")]
    public async Task Where_the_way_to_Entra_ends_is_said(string authority, int step, string hint)
    {
        await using var entra = await FederatedPod.StartAsync();
        await using var other = await FederatedPod.StartAsync();

        var (result, steps) = await RunAsync(
            "doctor --attempt-timeout 60s",
            entra.Environment(
                ("AZURE_AUTHORITY_HOST", authority.Length > 0 ? authority : $"{entra.Entra.Address}"), ("SSL_CERT_FILE", other.Entra.CertificateAuthorityFile)));

        Assert.Equal(4, result.ExitCode);
        Assert.Equal(step, Array.FindIndex(steps, s => Mark(s) is '✗'));
        Assert.StartsWith(hint, steps[step].GetProperty("hint").GetString(), Ordinal);
        Assert.Equal(step is 10, steps[step].GetProperty("description").GetString()!.Contains("issued by CN=PodIdentity.HealthChecks simulator", Ordinal));
        Assert.Equal("not requested", steps[11].GetProperty("description").GetString());
        Assert.Equal(0, entra.Exchanges);
    }

    [Fact]
    public async Task The_proxy_of_an_identity_binding_is_on_the_way_instead_of_Entra()
    {
        await using var entra = await FederatedPod.StartAsync(identityBinding: true);

        var (result, steps) = await RunAsync("doctor", entra.Environment());

        Assert.Equal((0, "✓✓✓–––––✓✓✓✓✓"), (result.ExitCode, string.Concat(steps.Select(Mark))));
        Assert.Equal(3, steps.Count(s => s.GetProperty("step").GetString()!.StartsWith("binding ", Ordinal)));
        Assert.StartsWith("AKS identity binding: its proxy at ", steps[0].GetProperty("description").GetString(), Ordinal);
    }

    [Fact]
    public async Task A_pod_that_the_webhook_has_missed_in_part_is_told_what_is_not_set()
    {
        await using var node = await Pod.StartAsync();

        var (result, steps) = await RunAsync("doctor", node.Environment(("AZURE_FEDERATED_TOKEN_FILE", "/token"), ("AZURE_CLIENT_ID", node.Identity().ClientId)));

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("WorkloadIdentityNotInjected", steps[1].GetProperty("reason").GetString());
        Assert.EndsWith("; not set: AZURE_TENANT_ID", steps[1].GetProperty("description").GetString(), Ordinal);
    }

    [Fact]
    public async Task It_looks_at_a_pod_whose_probes_are_switched_off()
    {
        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync("doctor", node.Environment(("POD_IDENTITY_DISABLED", "true")));

        Assert.Contains("POD_IDENTITY_DISABLED", result.Output, Ordinal);
        Assert.Contains("✓ token ", result.Output, Ordinal);
    }

    [Fact]
    public async Task Asked_for_all_identities_it_shows_whose_token_there_is_for_each()
    {
        await using var node = await Pod.StartAsync();
        node.Nmi.Mode = NmiMode.Managed;
        var (own, other, unbound) = (node.Identity(), new SimulatedIdentity("other"), "6f9619ff-8b86-d011-b42d-00c04fc964ff");
        node.Imds.AddUserAssigned(other);
        node.Pod.Bind(other);

        var result = await ProbeProcess.RunAsync(
            $"doctor --client-id {own.ClientId} --all-identities --expected-client-id {own.ClientId}", node.Environment(("AZURE_CLIENT_ID", unbound), ("HOST_IP", "")));

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        var others = result.Output.TrimEnd('\n').Split('\n')[13..];
        Assert.StartsWith("✓ other identity    without an ID: NMI issued a token to client ID ", others[0], Ordinal);
        Assert.StartsWith($"– other identity    {unbound}: NMI has no identity with client ID {unbound} for this pod", others[1], Ordinal);
        Assert.Equal((2, 3), (others.Length, node.TokenRequests().Count));
    }

    [Theory]
    [InlineData(true, "^– other identity    [0-9A-F-]{36}: NMI has no identity with client ID ")]
    [InlineData(false, "^– other identity    AZURE_CLIENT_ID is not a GUID$")]
    public async Task An_ID_is_asked_for_as_it_is_written(bool isId, string line)
    {
        await using var node = await Pod.StartAsync();
        node.Nmi.Mode = NmiMode.Managed;
        var id = isId ? node.Identity().ClientId.ToUpperInvariant() : "orders";

        var result = await ProbeProcess.RunAsync("doctor --all-identities", node.Environment(("AZURE_CLIENT_ID", id)));

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(line, result.Output.TrimEnd('\n').Split('\n')[13]);
    }

    [Fact]
    public async Task Where_no_token_can_be_requested_none_is_for_others_either()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);

        var result = await ProbeProcess.RunAsync("--all-identities doctor", node.Environment());

        Assert.Equal(2, result.ExitCode);
        Assert.EndsWith("\n– other identity    not requested\n", result.Output, Ordinal);
    }

    [Fact]
    public async Task On_a_pod_of_workload_identity_the_other_one_is_its_own()
    {
        await using var entra = await FederatedPod.StartAsync();

        var named = await ProbeProcess.RunAsync("doctor --all-identities true --client-id 6f9619ff-8b86-d011-b42d-00c04fc964ff", entra.Environment());
        var unnamed = await ProbeProcess.RunAsync("doctor --all-identities", entra.Environment());

        Assert.Equal((1, 0), (named.ExitCode, unnamed.ExitCode));
        Assert.Contains($"\n✓ other identity    {entra.Identity.ClientId}: Microsoft Entra ID issued a token to client ID {entra.Identity.ClientId}", named.Output, Ordinal);
        Assert.EndsWith("\n– other identity    AZURE_CLIENT_ID and --expected-client-id name no other\n", unnamed.Output, Ordinal);
    }

    private static char Mark(JsonElement step) => step.GetProperty("outcome").GetString() switch { "ok" => '✓', "failed" => '✗', _ => '–' };

    private static async Task<(ProbeResult Result, JsonElement[] Steps)> RunAsync(string arguments, (string, string)[] environment)
    {
        var result = await ProbeProcess.RunAsync($"{arguments} --output json", environment);
        var steps = result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(Steps, string.Join(", ", steps.Select(s => s.GetProperty("step").GetString())).Replace("binding ", "Entra ", Ordinal));
        return (result, steps);
    }
}
