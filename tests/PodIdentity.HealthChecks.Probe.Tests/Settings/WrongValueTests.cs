using PodIdentity.HealthChecks.Probe.Settings;
using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Settings;

/// <summary>What is wrong is named, with its value and an example, before anything is checked.</summary>
public sealed class WrongValueTests
{
    [Theory]
    [InlineData("POD_IDENTITY_URL", "nonsense")]
    [InlineData("POD_IDENTITY_URL", "ftp://169.254.169.254/metadata/identity/oauth2/token")]
    [InlineData("POD_IDENTITY_URL", "https://169.254.169.254/metadata/identity/oauth2/token")]
    [InlineData("POD_IDENTITY_URL", "http://169.254.169.254/")]
    [InlineData("POD_IDENTITY_URL", "http://169.254.169.254/metadata/identity/oauth2/token?resource=x")]
    [InlineData("POD_IDENTITY_URL", "http://169.254.169.254:99999/metadata/identity/oauth2/token")]
    [InlineData("POD_IDENTITY_ACCESS_URL", "vault")]
    [InlineData("POD_IDENTITY_ACCESS_URL", "https://vault .azure.net")]
    [InlineData("POD_IDENTITY_ACCESS_URL", "https://vault.azure.net/.default")]
    [InlineData("HTTP_RETRY_MIN_SECONDS", "soon")]
    [InlineData("HTTP_RETRY_MIN_SECONDS", "-1")]
    [InlineData("HTTP_RETRY_MIN_SECONDS", "2h")]
    [InlineData("HTTP_RETRY_MAX_SECONDS", "3 s")]
    [InlineData("HTTP_RETRY_MAX_SECONDS", "1s")]
    [InlineData("HTTP_RETRY_COUNT", "-1")]
    [InlineData("HTTP_RETRY_COUNT", "1.5")]
    [InlineData("HTTP_RETRY_COUNT", "five")]
    [InlineData("HTTP_RETRY_COUNT", "99999999999")]
    [InlineData("POD_IDENTITY_CLIENT_ID", "me")]
    [InlineData("POD_IDENTITY_CLIENT_ID", "{6f9619ff-8b86-d011-b42d-00c04fc964ff}")]
    [InlineData("POD_IDENTITY_EXPECTED_TENANT_ID", "6f9619ff8b86d011b42d00c04fc964ff")]
    [InlineData("POD_IDENTITY_OBJECT_ID", "me")]
    [InlineData("POD_IDENTITY_RESOURCE_ID", "me")]
    [InlineData("POD_IDENTITY_EXPECTED_CLIENT_ID", "me")]
    [InlineData("POD_IDENTITY_EXPECTED_OBJECT_ID", "me")]
    [InlineData("POD_IDENTITY_EXPECTED_TENANT_ID", "contoso.com")]
    [InlineData("POD_IDENTITY_EXPECTED_RESOURCE_ID", "me")]
    [InlineData("POD_IDENTITY_REQUIRED_RESPONDER", "mic")]
    [InlineData("POD_IDENTITY_MINIMUM_TOKEN_LIFETIME", "25h")]
    [InlineData("POD_IDENTITY_ATTEMPT_TIMEOUT", "0")]
    [InlineData("POD_IDENTITY_ATTEMPT_TIMEOUT", "6m")]
    [InlineData("POD_IDENTITY_ATTEMPT_TIMEOUT", "00:00:03")]
    [InlineData("HOST_IP", "http://10.0.0.1")]
    [InlineData("POD_IDENTITY_NMI_PROBE_PORT", "0")]
    [InlineData("POD_IDENTITY_NMI_PROBE_PORT", "65536")]
    [InlineData("POD_IDENTITY_NMI_PROBE_PORT", "tcp://10.0.0.1:80")]
    [InlineData("POD_IDENTITY_NMI_HEALTH_ENDPOINT", "10.0.0.1:8085")]
    [InlineData("POD_IDENTITY_REQUIRE_ACTIVE", "maybe")]
    [InlineData("POD_IDENTITY_VERIFY_INTERCEPTION", "maybe")]
    [InlineData("POD_IDENTITY_INTERVAL", "10ms")]
    [InlineData("POD_IDENTITY_OUTPUT", "yaml")]
    [InlineData("POD_IDENTITY_DISABLED", "maybe")]
    public async Task A_wrong_variable_is_3(string name, string value)
    {
        var setting = ProbeSetting.All.Single(s => s.Variable.Equals(name, Ordinal));
        var command = Verb.All.First(v => v.Mode is not Mode.Exec && setting.UsedBy.HasFlag(v.Mode)).Name;

        var result = await RunAsync($"{command} token", ("HTTP_RETRY_MAX_SECONDS", "10s"), (name, value));

        Assert.Equal(3, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.StartsWith($"{name} is '{value.Trim().Replace("?resource=x", "?…", Ordinal)}'", result.Error, Ordinal);
        Assert.Contains(" Example: ", result.Error, Ordinal);
    }

    [Theory]
    [InlineData("--host-ip", "10.0.0.2")]
    [InlineData("--nmi-probe-port", "9000")]
    [InlineData("--nmi-probe-path", "/other")]
    public async Task Two_flags_for_NMIs_health_that_contradict_each_other_are_3(string flag, string value)
    {
        var result = await RunAsync($"check nmi --nmi-health-endpoint http://10.0.0.1:8085/healthz {flag} {value}");

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith($"{flag} is '{value}': --nmi-health-endpoint is also set", result.Error, Ordinal);
    }

    [Theory]
    [InlineData("check", "HTTP_RETRY_COUNT", "many")]
    [InlineData("check", "HTTP_RETRY_MAX_SECONDS", "soon")]
    [InlineData("check", "POD_IDENTITY_INTERVAL", "100ms")]
    [InlineData("check", "POD_IDENTITY_LISTEN", "nonsense")]
    [InlineData("wait", "POD_IDENTITY_STATUS_FILE", "/no/such/directory/file")]
    public async Task A_variable_that_the_command_does_not_use_may_hold_anything(string command, string name, string value)
    {
        await using var node = await Pod.StartAsync();

        var result = await RunAsync($"{command} token", node.Environment((name, value)));

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("POD_IDENTITY_CLIENTID", "POD_IDENTITY_CLIENT_ID")]
    [InlineData("Pod_Identity_Expected_Client_Id", "POD_IDENTITY_EXPECTED_CLIENT_ID")]
    [InlineData("POD_IDENTITY_DISABLE", "POD_IDENTITY_DISABLED")]
    [InlineData("POD_IDENTITY_TOKEN_ENDPOINT", "POD_IDENTITY_URL")]
    [InlineData("POD_IDENTITY_RESOURCE", "POD_IDENTITY_ACCESS_URL")]
    [InlineData("POD_IDENTITY_HOST_IP", "HOST_IP")]
    public async Task A_variable_that_is_nearly_a_setting_is_3(string name, string meant)
    {
        var result = await RunAsync("check token", (name, "true"));

        Assert.Equal((3, $"unknown variable {name}: did you mean {meant}?\n"), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task An_empty_variable_counts_as_not_set_whatever_its_name(string value)
    {
        var result = await RunAsync("check token", ("POD_IDENTITY_CLIENTID", value), ("POD_IDENTITY_TOKEN_ENDPOINT", value), ("POD_IDENTITY_URL", "no address"));

        Assert.StartsWith("POD_IDENTITY_URL is 'no address'", result.Error, Ordinal);
    }

    [Fact]
    public async Task The_variables_of_a_command_to_become_are_its_own_so_a_misspelt_one_is_only_mentioned()
    {
        var result = await RunAsync("exec -- /no/such/command", ("POD_IDENTITY_CLIENTID", "x"));

        Assert.Equal(127, result.ExitCode);
        Assert.StartsWith("unknown variable POD_IDENTITY_CLIENTID: did you mean POD_IDENTITY_CLIENT_ID?\n", result.Error, Ordinal);
    }

    [Fact]
    public async Task A_misspelt_variable_is_no_fault_of_a_command_that_does_not_use_it()
    {
        var result = await RunAsync("status", ("POD_IDENTITY_CLIENTID", "x"), ("POD_IDENTITY_INTERVALL", "x"));

        Assert.StartsWith("no status file is named", result.Error, Ordinal);
    }

    [Theory]
    [InlineData("UID")]
    [InlineData("TTL")]
    public async Task A_short_name_is_no_misspelling_of_another_one(string name)
    {
        var result = await RunAsync("check token", ($"POD_IDENTITY_{name}", "x"), ("POD_IDENTITY_URL", "http://127.0.0.1:1/token"));

        Assert.NotEqual(3, result.ExitCode);
    }

    [Fact]
    public async Task What_Kubernetes_sets_for_a_service_of_the_same_name_or_an_application_needs_is_no_setting()
    {
        string[] names = ["RESOURCE_URL", "SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_80_TCP", "PORT_80_TCP_ADDR", "PORT_80_TCP_PORT", "PORT_80_TCP_PROTO"];

        var result = await RunAsync("status", [.. names.Select(name => ($"POD_IDENTITY_{name}", "tcp://10.0.0.1:80"))]);

        Assert.Equal("no status file is named. Example: podidentity-probe status /shared/identity\n", result.Error);
    }

    [Theory]
    [InlineData("ask token", "unknown command 'ask': it must be check, wait, watch, exec, status, doctor or install. Example: podidentity-probe check token --required-responder Nmi")]
    [InlineData("check", "missing subject: it must be token, nmi or all")]
    [InlineData("check everything", "unknown subject 'everything': it must be token, nmi or all")]
    [InlineData("check token now", "unexpected argument 'now'")]
    [InlineData("exec", "missing command after '--'. Example: podidentity-probe exec -- ")]
    [InlineData("exec token --", "missing command after '--'")]
    [InlineData("exec everything -- true", "unknown subject 'everything'")]
    [InlineData("exec token now -- true", "unexpected argument 'now'")]
    [InlineData("exec token --client-id -- true", "--client-id needs a value")]
    [InlineData("exec token --on-timeout retry -- true", "--on-timeout is 'retry': it must be fail or run. Example: fail")]
    [InlineData("-- true", "unexpected argument '--'. Example: podidentity-probe exec -- ")]
    [InlineData("check token -- true", "unexpected argument '--'. Example: podidentity-probe check token")]
    [InlineData("doctor token", "unexpected argument 'token'. Example: podidentity-probe doctor\n")]
    [InlineData("doctor --interval 5s", "doctor does not use --interval (used by: watch).")]
    [InlineData("install", "no directory is named. Example: podidentity-probe install /shared")]
    [InlineData("install a b", "unexpected argument 'b'")]
    [InlineData("status", "no status file is named. Example: podidentity-probe status /shared/identity")]
    [InlineData("status a b", "unexpected argument 'b'")]
    [InlineData("status a --failing-for soon", "--failing-for is 'soon'")]
    [InlineData("status a --failing-for 25h", "--failing-for is '25h'")]
    [InlineData("status a --output yaml", "--output is 'yaml'")]
    [InlineData("watch token --status-file /no/such/directory/identity", "--status-file is '/no/such/directory/identity': it cannot be written: the directory does not exist")]
    [InlineData("watch token --status-file /tmp", "--status-file is '/tmp': it cannot be written: it is a directory")]
    [InlineData("watch token --result-lifetime 2h", "--result-lifetime is '2h'")]
    [InlineData("check token --color red", "unknown flag --color. See podidentity-probe check --help\n")]
    [InlineData("--clientid x", "unknown flag --clientid: did you mean --client-id? See podidentity-probe --help\n")]
    [InlineData("check --clientid x token", "unknown flag --clientid: did you mean --client-id? See podidentity-probe check --help\n")]
    [InlineData("status a --failingfor=5m", "unknown flag --failingfor: did you mean --failing-for? See podidentity-probe status --help\n")]
    [InlineData("check token --failingfor 5m", "unknown flag --failingfor. See podidentity-probe check --help\n")]
    [InlineData("check token --listen nonsense", "check does not use --listen (used by: watch). See podidentity-probe check --help\n")]
    [InlineData("check token --interval 5s", "check does not use --interval (used by: watch). See podidentity-probe check --help\n")]
    [InlineData("status a --retry-count 1", "status does not use --retry-count (used by: wait, exec). See podidentity-probe status --help\n")]
    [InlineData("install a --output text", "install does not use --output (used by: check, wait, watch, exec, status, doctor). See podidentity-probe install --help\n")]
    [InlineData("--interval 5s", "wait does not use --interval (used by: watch). See podidentity-probe wait --help\n")]
    [InlineData("ask token --interval 5s", "unknown command 'ask'")]
    [InlineData("ask token --clientid x", "unknown flag --clientid: did you mean --client-id? See podidentity-probe --help\n")]
    [InlineData("check token --client-id", "--client-id needs a value: a GUID\n")]
    [InlineData("check token --client-id=", "--client-id needs a value")]
    [InlineData("check token --disabled true", "unknown flag --disabled. See")]
    [InlineData("check token --attempt-timeout 3s --attempt-timeout 4s", "--attempt-timeout is given twice, as '3s' and as '4s'")]
    [InlineData("check token --client-id me", "--client-id is 'me': it must be a GUID")]
    [InlineData("wait token --retry-count -1", "--retry-count is '-1': it must be a number from 0 to 100000. Example: 5\n")]
    [InlineData("watch token --interval 10ms", "--interval is '10ms': it must be a duration from 1s to 1h. Example: 10s\n")]
    [InlineData("wait token --retry-max 2s", "--retry-max is '2s': it must not be less than HTTP_RETRY_MIN_SECONDS, which is 3 s. Example: 3s\n")]
    [InlineData("wait token --retry-min 2s --retry-max 1s", "--retry-max is '1s': it must not be less than --retry-min, which is 2 s. Example: 2s\n")]
    [InlineData("check token --client-id 6f9619ff-8b86-d011-b42d-00c04fc964ff --object-id 6f9619ff-8b86-d011-b42d-00c04fc964ff", "--object-id is '6f9619ff-8b86-d011-b42d-00c04fc964ff': --client-id already names the identity; to verify this ID as well, use POD_IDENTITY_EXPECTED_OBJECT_ID")]
    public async Task A_wrong_command_line_is_3(string arguments, string error)
    {
        var result = await RunAsync(arguments);

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith(error, result.Error, Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_pod_that_does_not_know_its_node_is_told_what_to_write()
    {
        var result = await RunAsync("check nmi");

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith("HOST_IP is not set: ", result.Error, Ordinal);
        Assert.Contains("fieldRef: {fieldPath: status.hostIP}", result.Error, Ordinal);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("check {0}")]
    [InlineData("check token {0}")]
    [InlineData("check token --{0}")]
    [InlineData("check token --resource {0} --resource {0}")]
    [InlineData("check token --output {0}")]
    public async Task A_token_among_the_arguments_is_not_repeated(string arguments)
    {
        const string Text = "eyJhbGciOiJub25lIn0.c2VjcmV0LXNlY3JldC1zZWNyZXQ.c2lnbmF0dXJl";

        var result = await RunAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, arguments, Text));

        Assert.Equal(3, result.ExitCode);
        Assert.DoesNotContain("c2VjcmV0", result.All, Ordinal);
    }

    [Theory]
    [InlineData("http://me:hunter2@169.254.169.254/metadata/identity/oauth2/token")]
    [InlineData("http://me:hunter2@169.254.169.254/")]
    [InlineData("https://me:hunter2@169.254.169.254/metadata/identity/oauth2/token")]
    [InlineData("ftp://me:hunter2@169.254.169.254/x")]
    [InlineData("http://me:hunter2@169.254.169.254:99999/x")]
    [InlineData("http://me:hunter2@/x")]
    [InlineData("me:hunter2@169.254.169.254/x")]
    [InlineData("https://169.254.169.254/x?code=hunter2")]
    [InlineData("http://169.254.169.254?code=hunter2")]
    public async Task A_password_in_an_address_is_not_repeated(string address)
    {
        var result = await RunAsync($"check token --token-endpoint {address}");

        Assert.Equal(3, result.ExitCode);
        Assert.DoesNotContain("hunter2", result.All, Ordinal);
    }

    [Theory]
    [InlineData("status ")]
    [InlineData("install ")]
    [InlineData("check ")]
    [InlineData("check token --client-id ")]
    public async Task A_word_without_end_is_cut(string arguments)
    {
        var result = await RunAsync(arguments + new string('x', 100_000));

        Assert.NotEqual(0, result.ExitCode);
        Assert.InRange(result.All.Length, 1, 3_000);
    }

    [Fact]
    public async Task An_endpoint_that_is_wrong_is_not_one_that_is_missing()
    {
        var result = await RunAsync("check nmi --nmi-health-endpoint nowhere");

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith("--nmi-health-endpoint is 'nowhere': ", result.Error, Ordinal);
        Assert.DoesNotContain("HOST_IP", result.Error, Ordinal);
    }

    [Theory]
    [InlineData("check all --no-such-flag")]
    [InlineData("wait nmi --retry-count many")]
    [InlineData("status /no/such/file")]
    public async Task One_variable_switches_all_of_it_off(string arguments)
    {
        var result = await RunAsync(arguments, ("POD_IDENTITY_DISABLED", "true"), ("POD_IDENTITY_URL", "nonsense"));

        Assert.Equal((0, "Nothing is checked: POD_IDENTITY_DISABLED is set.\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task Install_reads_no_settings() => Assert.Equal(
        "no directory is named. Example: podidentity-probe install /shared\n", (await RunAsync("install", ("POD_IDENTITY_DISABLED", "perhaps"))).Error);

    /// <summary>Whatever passes by mistake is refused by port 1.</summary>
    private static Task<ProbeResult> RunAsync(string arguments, params (string, string)[] environment) =>
        InProcess.RunAsync(arguments, [("POD_IDENTITY_URL", "http://127.0.0.1:1/metadata/identity/oauth2/token"), .. environment]);
}
