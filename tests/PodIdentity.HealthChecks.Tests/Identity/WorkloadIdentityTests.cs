using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>On a pod with workload identity's webhook: the same check, the real credential, and Entra scripted below the transport.</summary>
public sealed class WorkloadIdentityTests : IDisposable
{
    private static readonly string[] Variables = ["AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_AUTHORITY_HOST"];

    private readonly string?[] _before = [.. Variables.Select(Environment.GetEnvironmentVariable)];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly string _client = Guid.NewGuid().ToString();
    private readonly string _tenant = Guid.NewGuid().ToString();
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private readonly ScriptedEntra _entra = new();

    public WorkloadIdentityTests()
    {
        WriteToken(ScriptedEntra.Token("system:serviceaccount:default:app", _tenant, _now.AddHours(1)));
        Set(TokenFile, _client, _tenant, "https://login.microsoftonline.com/");
        var token = ScriptedEntra.Token(_client, _tenant, _now.AddHours(24));
        _entra.Answer = () => ScriptedEntra.Json(
            HttpStatusCode.OK, $$"""{"token_type":"Bearer","expires_in":86399,"ext_expires_in":86399,"access_token":"{{token}}"}""");
    }

    private string TokenFile => Path.Combine(_folder.FullName, "azure-identity-token");

    public void Dispose()
    {
        Set(_before);
        _folder.Delete(recursive: true);
        _entra.Dispose();
    }

    [Fact]
    public async Task The_token_comes_from_Entra_by_the_federated_token()
    {
        var result = await CheckAsync();

        Assert.True(result.Status is HealthStatus.Healthy, result.Description);
        Assert.Equal(nameof(PodIdentityResponder.Entra), result.Data[PodIdentityDataKeys.Responder]);
        Assert.Equal(_client, result.Data[PodIdentityDataKeys.ClientId]);
        Assert.Equal($"https://login.microsoftonline.com/{_tenant}/oauth2/v2.0/token", result.Data[PodIdentityDataKeys.Endpoint]);
    }

    [Fact]
    public async Task Each_attempt_is_a_round_trip_with_a_well_formed_claims_challenge()
    {
        using var check = MakeCheck();

        await RunAsync(check);
        await RunAsync(check);

        Assert.Equal(2, _entra.Requests.Count);
        Assert.All(_entra.Requests, r => Assert.Contains(
            "claims=" + Uri.EscapeDataString("""{"access_token":{"nbf":{"essential":true,"value":"1600000000"}}}"""), r.Body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_to_Entra_are_not_sent_to_the_token_endpoint_of_the_options()
    {
        await CheckAsync(o => o.TokenEndpoint = new Uri("http://10.0.0.1/metadata/identity/oauth2/token"));

        Assert.All(_entra.Requests, r => Assert.Equal("login.microsoftonline.com", r.Address.Host));
    }

    [Theory]
    [InlineData(70021, "federated-credential")]
    [InlineData(700211, "federated-credential")]
    [InlineData(700213, "federated-credential")]
    [InlineData(700024, "expired")]
    [InlineData(90002, "AZURE_TENANT_ID")]
    [InlineData(700016, "AZURE_CLIENT_ID")]
    [InlineData(7000215, "secret")]
    [InlineData(500011, "Resource")]
    [InlineData(700213, "a few minutes")]
    [InlineData(7002138, "letter by letter")]
    [InlineData(700212, "`api://AzureADTokenExchange`")]
    [InlineData(700212, "`api://AKSIdentityBinding`")]
    [InlineData(70025, "no federated credential")]
    [InlineData(70023, "ends by itself")]
    [InlineData(90061, "ends by itself")]
    [InlineData(50196, "ResultLifetime")]
    [InlineData(70011, "Resource")]
    [InlineData(53003, "conditional access")]
    [InlineData(50034, "in this directory")]
    [InlineData(123456, "https://login.microsoftonline.com/error")]
    public async Task What_Entra_refuses_is_told_with_its_number_and_what_to_do(int code, string hint)
    {
        _entra.Answer = () => ScriptedEntra.Json(
            HttpStatusCode.BadRequest, $$"""{"error":"invalid_client","error_description":"AADSTS{{code}}: because.\r\nTrace ID: 1","error_codes":[{{code}}]}""");

        var result = await CheckAsync();

        ShouldFailFor(result, TokenRejected);
        Assert.Contains($"AADSTS{code}", result.Description, StringComparison.Ordinal);
        Assert.Contains(hint, result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_federated_token_file_is_told_with_its_path()
    {
        File.Delete(TokenFile);

        var result = await CheckAsync();

        ShouldFailFor(result, FederatedTokenUnusable);
        Assert.Contains(TokenFile, result.Description, StringComparison.Ordinal);
        Assert.Contains("does not exist", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_federated_token_file_that_is_a_pipe_holds_nobody_up_and_asks_nobody()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes among files.");
        File.Delete(TokenFile);
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", TokenFile))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var result = await CheckAsync();

        ShouldFailFor(result, FederatedTokenUnusable);
        Assert.Contains("not a file", result.Description, StringComparison.Ordinal);
        Assert.Empty(_entra.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("a.b.c")]
    public async Task A_malformed_federated_token_is_told_when_Entra_refuses_it(string token)
    {
        WriteToken(token);
        _entra.Answer = Refused;

        ShouldFailFor(await CheckAsync(), FederatedTokenUnusable);
    }

    [Fact]
    public async Task An_expired_federated_token_is_told_with_its_age()
    {
        WriteToken(ScriptedEntra.Token("sa", _tenant, _now.AddHours(-2)));
        _entra.Answer = Refused;

        var result = await CheckAsync();

        ShouldFailFor(result, FederatedTokenUnusable);
        Assert.Contains("expired 2 h", result.Description, StringComparison.Ordinal);
        Assert.Contains("written", result.Description, StringComparison.Ordinal);
        Assert.Contains("The kubelet renews it", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_federated_credential_is_compared_with_is_shown_when_none_fits()
    {
        const string Claims = """{"iss":"https://oidc.example/1/","sub":"system:serviceaccount:default:app","aud":["api://Other"],"exp":32503680000}""";
        WriteToken($"e30.{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Claims)).TrimEnd('=')}.c2ln");
        _entra.Answer = () => ScriptedEntra.Json(HttpStatusCode.BadRequest, """{"error":"invalid_client","error_description":"AADSTS700212: no"}""");

        var result = await CheckAsync();

        ShouldFailFor(result, TokenRejected);
        Assert.Contains(
            $"the token in {TokenFile} has issuer `https://oidc.example/1/`, subject `system:serviceaccount:default:app`, audience `api://Other`",
            result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_federated_token_that_only_root_may_read_is_told_with_fsGroup()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Permissions are those of Linux.");
            return;
        }

        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(TokenFile, UnixFileMode.None);
        var user = setfsuid(65534);
        try
        {
            var file = HealthChecks.Tokens.FederatedTokenFile.Inspect(TokenFile, _now);

            Assert.Equal("may not be read by this user", file.Problem);
            Assert.Contains("`fsGroup`", file.Hint, StringComparison.Ordinal);
        }
        finally
        {
            _ = setfsuid(user);
        }

        [System.Runtime.InteropServices.DllImport("libc")]
        static extern int setfsuid(int user);
    }

    [Fact]
    public async Task A_federated_token_as_long_as_a_disk_is_not_read_to_its_end()
    {
        await using (var file = File.Create(TokenFile))
        {
            file.SetLength(1L << 32);
        }

        Assert.Equal("is too long", HealthChecks.Tokens.FederatedTokenFile.Inspect(_now)!.Problem);
    }

    [Fact]
    public async Task An_unreachable_Entra_is_told_with_the_firewalls_rule()
    {
        _entra.Answer = () => throw new HttpRequestException(HttpRequestError.NameResolutionError);

        var result = await CheckAsync();

        ShouldFailFor(result, TokenServiceError);
        Assert.Contains("443 to login.microsoftonline.com", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_identity_than_the_expected_one_is_refused_whatever_the_webhook_set()
    {
        var result = await CheckAsync(o => o.ClientId = Guid.NewGuid().ToString());

        ShouldFailFor(result, IdentityMismatch);
    }

    [Fact]
    public async Task A_throttling_Entra_is_told()
    {
        _entra.Answer = () =>
        {
            var answer = ScriptedEntra.Json(HttpStatusCode.TooManyRequests, """{"error":"temporarily_unavailable"}""");
            answer.Headers.TryAddWithoutValidation("Retry-After", "30");
            return answer;
        };

        ShouldFailFor(await CheckAsync(), Throttled);
    }

    [Theory]
    [InlineData(70021)]
    [InlineData(700211)]
    [InlineData(700213)]
    public async Task A_refusal_that_Entra_takes_back_at_the_next_request_is_not_noticed(int code)
    {
        var granted = _entra.Answer;
        _entra.Answer = () => _entra.Requests.Count == 1 ? NoCredential(code) : granted();

        var result = await CheckAsync();

        Assert.True(result.Status is HealthStatus.Healthy, result.Description);
        Assert.Equal(2, _entra.Requests.Count);
    }

    [Fact]
    public async Task A_refusal_that_is_meant_is_made_once()
    {
        _entra.Answer = Refused;

        ShouldFailFor(await CheckAsync(), TokenRejected);
        Assert.Single(_entra.Requests);
    }

    [Fact]
    public async Task After_a_success_a_missing_credential_is_believed_after_three_exchanges_over_30_seconds()
    {
        var time = new ManualTimeProvider();
        using var check = MakeCheck(Asking(), time);
        Assert.Equal(HealthStatus.Healthy, (await RunAsync(check)).Status);
        _entra.Answer = () => NoCredential(700213);

        var statuses = new List<HealthStatus>();
        foreach (var wait in (int[])[1, 15, 14, 1, 60])
        {
            time.Advance(TimeSpan.FromSeconds(wait));
            statuses.Add((await RunAsync(check)).Status);
        }

        Assert.Equal([HealthStatus.Degraded, HealthStatus.Degraded, HealthStatus.Degraded, HealthStatus.Unhealthy, HealthStatus.Unhealthy], statuses);
    }

    [Fact]
    public async Task A_success_between_two_refusals_makes_the_count_begin_anew()
    {
        var time = new ManualTimeProvider();
        using var check = MakeCheck(Asking(), time);
        var granted = _entra.Answer;

        var statuses = new List<HealthStatus>();
        foreach (var isGranted in (bool[])[true, false, true, false, false])
        {
            time.Advance(TimeSpan.FromSeconds(20));
            _entra.Answer = isGranted ? granted : () => NoCredential(70021);
            statuses.Add((await RunAsync(check)).Status);
        }

        Assert.Equal([HealthStatus.Healthy, HealthStatus.Degraded, HealthStatus.Healthy, HealthStatus.Degraded, HealthStatus.Degraded], statuses);
    }

    [Fact]
    public async Task After_a_definite_refusal_a_missing_credential_is_no_excuse()
    {
        using var check = MakeCheck(Asking(), new ManualTimeProvider());
        Assert.Equal(HealthStatus.Healthy, (await RunAsync(check)).Status);
        _entra.Answer = Refused;
        ShouldFailFor(await RunAsync(check), TokenRejected);

        _entra.Answer = () => NoCredential(70021);

        ShouldFailFor(await RunAsync(check), TokenRejected);
    }

    [Fact]
    public async Task Entra_is_asked_every_five_minutes_and_after_a_failure_every_15_seconds()
    {
        var time = new ManualTimeProvider();
        using var check = MakeCheck(new PodIdentityHealthCheckOptions(), time);

        Assert.Equal(1, await RequestsAfter(check, time, 0));
        Assert.Equal(0, await RequestsAfter(check, time, 299));
        _entra.Answer = Refused;
        Assert.Equal(1, await RequestsAfter(check, time, 16));
        Assert.Equal(0, await RequestsAfter(check, time, 14));
        Assert.Equal(1, await RequestsAfter(check, time, 4));
    }

    [Fact]
    public async Task A_lifetime_that_is_set_holds_for_Entra_too()
    {
        var time = new ManualTimeProvider();
        using var check = MakeCheck(new PodIdentityHealthCheckOptions { ResultLifetime = TimeSpan.FromSeconds(10) }, time);

        Assert.Equal(1, await RequestsAfter(check, time, 0));
        Assert.Equal(0, await RequestsAfter(check, time, 9));
        Assert.Equal(1, await RequestsAfter(check, time, 3));
    }

    [Theory]
    [InlineData("http://login.microsoftonline.com/")]
    [InlineData("garbage")]
    public async Task An_authority_that_is_no_https_address_is_named_and_sent_nothing(string authority)
    {
        Set(TokenFile, _client, _tenant, authority);

        var result = await CheckAsync();

        ShouldFailFor(result, CredentialFailed);
        Assert.Contains($"AZURE_AUTHORITY_HOST is '{authority}'", result.Description, StringComparison.Ordinal);
        Assert.Empty(_entra.Requests);
    }

    [Theory]
    [InlineData("AZURE_AUTHORITY_HOST", "https://somebody:pa55word@login.microsoftonline.com/")]
    [InlineData("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://somebody:pa55word@10.0.0.1/")]
    public async Task A_password_in_an_address_is_not_shown(string variable, string address)
    {
        if (variable.Contains("POD", StringComparison.Ordinal))
        {
            Set(null, null, null, null);
        }

        var before = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, address);
        _entra.Answer = () => throw new HttpRequestException(HttpRequestError.NameResolutionError);
        try
        {
            var result = await CheckAsync();

            Assert.Equal(HealthStatus.Unhealthy, result.Status);
            Assert.DoesNotContain("pa55word", result.Description + string.Join(' ', result.Data.Values), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, before);
        }
    }

    [Fact]
    public async Task The_mode_is_told()
    {
        Assert.Equal("WorkloadIdentity", (await CheckAsync()).Data[PodIdentityDataKeys.Mode]);

        Set(null, null, null, null);
        _entra.Answer = () => throw new HttpRequestException(HttpRequestError.ConnectionError, message: null, new SocketException((int)SocketError.ConnectionRefused));

        Assert.Equal("None", (await CheckAsync()).Data[PodIdentityDataKeys.Mode]);
    }

    [Fact]
    public async Task A_pod_with_a_token_file_and_no_client_id_is_told_what_is_missing()
    {
        Set(TokenFile, null, _tenant, null);
        _entra.Answer = () => ScriptedEntra.Json(HttpStatusCode.BadRequest, """{"error":"invalid_request","error_description":"Identity not found"}""");

        var result = await CheckAsync();

        ShouldFailFor(result, WorkloadIdentityNotInjected);
        Assert.Contains("AZURE_CLIENT_ID", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_that_the_webhook_missed_is_told_so_where_Entra_is_required_and_NMI_is_not_asked()
    {
        Set(null, _client, null, null);
        _entra.Answer = () => throw new HttpRequestException(
            HttpRequestError.ConnectionError, message: null, new SocketException((int)SocketError.ConnectionRefused));

        var result = await CheckAsync(o =>
        {
            o.RequiredResponder = PodIdentityResponder.Entra;
            o.NmiHealthEndpoint = new Uri("http://10.0.0.1:8085/healthz");
        });

        ShouldFailFor(result, WorkloadIdentityNotInjected);
        Assert.Contains("AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE on this pod", result.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("NMI", result.Description, StringComparison.Ordinal);
        Assert.DoesNotContain(_entra.Requests, r => r.Address.AbsolutePath is "/healthz" or "/host/token");
    }

    private static HttpResponseMessage Refused() =>
        ScriptedEntra.Json(HttpStatusCode.Unauthorized, """{"error":"invalid_client","error_description":"AADSTS50027: JWT token is invalid or malformed."}""");

    private static HttpResponseMessage NoCredential(int code) => ScriptedEntra.Json(
        HttpStatusCode.Unauthorized, $$"""{"error":"invalid_client","error_description":"AADSTS{{code}}: No matching federated identity record found"}""");

    private static PodIdentityHealthCheckOptions Asking()
    {
        var options = new PodIdentityHealthCheckOptions();
        CheckedPod.AskEveryTime(options);
        return options;
    }

    private async Task<int> RequestsAfter(VerdictGate check, ManualTimeProvider time, int seconds)
    {
        var before = _entra.Requests.Count;
        time.Advance(TimeSpan.FromSeconds(seconds));
        await RunAsync(check);
        return _entra.Requests.Count - before;
    }

    private static void ShouldFailFor(HealthCheckResult result, PodIdentityFailureReason reason) =>
        Assert.True(
            result.Status is HealthStatus.Unhealthy && reason.ToString().Equals(result.Data[PodIdentityDataKeys.Reason]), result.Description);

    private static Task<HealthCheckResult> RunAsync(VerdictGate check) => check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);

    private static void Set(params string?[] values)
    {
        foreach (var (name, value) in Variables.Zip(values))
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    private void WriteToken(string token) => File.WriteAllText(TokenFile, token);

    private async Task<HealthCheckResult> CheckAsync(Action<PodIdentityHealthCheckOptions>? configure = null)
    {
        using var check = MakeCheck(configure);
        return await RunAsync(check);
    }

    private VerdictGate MakeCheck(Action<PodIdentityHealthCheckOptions>? configure = null)
    {
        var options = Asking();
        configure?.Invoke(options);
        return MakeCheck(options, TimeProvider.System);
    }

    private VerdictGate MakeCheck(PodIdentityHealthCheckOptions options, TimeProvider time)
    {
        var log = new CheckLog(NullLogger.Instance, "pod_identity");
        var attempt = new TokenAttempt(options, supplied: null, time, log, () => _entra);
        return new VerdictGate("pod_identity", attempt, options, time, log, new CheckMetrics(factory: null, time));
    }
}
