using System.Net;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>On a pod with workload identity's webhook: the same check, the real credential, and the simulated Entra over TLS.</summary>
public sealed class WorkloadIdentityTests : IAsyncLifetime
{
    private FederatedPod _pod = null!;

    public async ValueTask InitializeAsync() => _pod = await FederatedPod.StartAsync();

    public ValueTask DisposeAsync() => _pod.DisposeAsync();

    [Fact]
    public async Task The_token_comes_from_Entra_by_the_federated_token()
    {
        var entry = await _pod.CheckAsync();

        entry.ShouldBeHealthy();
        Assert.Equal(nameof(PodIdentityResponder.Entra), entry.Data[PodIdentityDataKeys.Responder]);
        Assert.Equal("WorkloadIdentity", entry.Data[PodIdentityDataKeys.Mode]);
        Assert.Equal(_pod.Identity.ClientId, entry.Data[PodIdentityDataKeys.ClientId]);
        Assert.Equal($"{_pod.Entra.Address}{_pod.Identity.TenantId}/oauth2/v2.0/token", entry.Data[PodIdentityDataKeys.Endpoint]);
    }

    [Fact]
    public async Task Each_attempt_is_a_round_trip_with_a_well_formed_claims_challenge()
    {
        await using var check = _pod.CreateCheck();

        await check.CheckAsync();
        await check.CheckAsync();

        Assert.Equal(2, _pod.Exchanges.Count);
        Assert.All(_pod.Exchanges, r => Assert.Equal("""{"access_token":{"nbf":{"essential":true,"value":"1600000000"}}}""", r.Form["claims"]));
    }

    [Fact]
    public async Task Requests_to_Entra_are_not_sent_to_the_token_endpoint_of_the_options()
    {
        (await _pod.CheckAsync(o => o.TokenEndpoint = _pod.Node.TokenEndpoint)).ShouldBeHealthy();

        Assert.All(_pod.Node.Requests, r => Assert.Equal(SimulatedResponder.Entra, r.Responder));
    }

    [Fact]
    public async Task Of_several_checks_none_asks_anybody_else_than_the_credential_does()
    {
        var options = CheckedPod.Options(_pod.Node);
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(options, "one").AddPodIdentity(options, "two").AddPodIdentity(options, "three"), _pod.Time);

        var report = await pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.All(_pod.Node.Requests, r => Assert.Equal(SimulatedResponder.Entra, r.Responder));
    }

    [Fact]
    public async Task Nor_do_those_that_name_a_resource_ID_where_the_webhook_names_no_client()
    {
        var options = CheckedPod.Options(_pod.Node, o => o.ResourceId = _pod.Identity.ResourceId);
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(options, "one").AddPodIdentity(options, "two"), _pod.Time);

        Environment.SetEnvironmentVariable("AZURE_CLIENT_ID", null); // the pod's variables are set back as a whole
        await pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.NotEmpty(_pod.Node.Requests);
        Assert.All(_pod.Node.Requests, r => Assert.Equal(SimulatedResponder.Entra, r.Responder));
    }

    [Fact]
    public async Task Nor_does_one_that_misses_the_proxy_of_an_identity_binding()
    {
        static void RequireProxy(PodIdentityHealthCheckOptions options)
        {
            CheckedPod.AskEveryTime(options);
            options.RequiredResponder = PodIdentityResponder.IdentityBindingProxy;
        }

        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(RequireProxy, "one").AddPodIdentity(RequireProxy, "two"), _pod.Time);

        var report = await pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.All(report.Entries.Values, e => Assert.Equal(nameof(PodIdentityResponder.Entra), e.Data.GetValueOrDefault(PodIdentityDataKeys.Responder)));
    }

    [Theory]
    [InlineData(70021, "federated-credential")]
    [InlineData(700211, "federated-credential")]
    [InlineData(700213, "federated-credential")]
    [InlineData(90002, "AZURE_TENANT_ID")]
    [InlineData(700016, "AZURE_CLIENT_ID")]
    [InlineData(500011, "Resource")]
    [InlineData(700024, "expired")]
    [InlineData(700213, "a few minutes")]
    [InlineData(7002138, "letter by letter")]
    [InlineData(700212, "`api://AzureADTokenExchange`")]
    [InlineData(700212, "`api://AKSIdentityBinding`")]
    [InlineData(70025, "no federated credential")]
    [InlineData(70023, "clears up on its own")]
    [InlineData(90061, "clears up on its own")]
    [InlineData(50196, "ResultLifetime")]
    [InlineData(70011, "Resource")]
    [InlineData(53003, "conditional access")]
    [InlineData(50034, "in this directory")]
    [InlineData(7000272, "https://login.microsoftonline.com/error")]
    public async Task What_Entra_refuses_is_told_with_its_number_and_what_to_do(int code, string hint)
    {
        _pod.Entra.Error = code;

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(TokenRejected);
        Assert.Contains($"AADSTS{code}", entry.Description, StringComparison.Ordinal);
        Assert.Contains(hint, entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_federated_token_file_is_told_with_its_path()
    {
        File.Delete(_pod.TokenFile);

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(FederatedTokenUnusable);
        Assert.Contains(_pod.TokenFile, entry.Description, StringComparison.Ordinal);
        Assert.Contains("does not exist", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_federated_token_file_that_is_a_pipe_holds_nobody_up_and_asks_nobody()
    {
        File.Delete(_pod.TokenFile);
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", _pod.TokenFile))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(FederatedTokenUnusable);
        Assert.Contains("not a file", entry.Description, StringComparison.Ordinal);
        Assert.Empty(_pod.Node.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("a.b.c")]
    public async Task A_malformed_federated_token_is_told_when_Entra_refuses_it(string token)
    {
        await File.WriteAllTextAsync(_pod.TokenFile, token, TestContext.Current.CancellationToken);

        (await _pod.CheckAsync()).ShouldFailFor(FederatedTokenUnusable);
    }

    [Fact]
    public async Task An_expired_federated_token_is_told_with_its_age()
    {
        _pod.Pod.TokenLifetime = TimeSpan.FromHours(-2);
        _pod.Pod.Rotate();

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(FederatedTokenUnusable);
        Assert.Contains("expired 2 h", entry.Description, StringComparison.Ordinal);
        Assert.Contains("written", entry.Description, StringComparison.Ordinal);
        Assert.Contains("The kubelet should have renewed it", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_supplied_managed_identity_credential_the_token_file_is_told_too()
    {
        _pod.Pod.TokenLifetime = TimeSpan.FromHours(-2);
        _pod.Pod.Rotate();
        var credential = new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(_pod.Identity.ClientId));
        await using var pod = CheckedPod.WithCredential(credential, time: _pod.Time);

        (await pod.CheckAsync()).ShouldFailFor(FederatedTokenUnusable);
    }

    [Fact]
    public async Task A_token_file_that_was_renewed_after_a_refusal_is_read_at_once()
    {
        await using var check = _pod.CreateCheck();
        var lifetime = _pod.Pod.TokenLifetime;
        _pod.Pod.TokenLifetime = TimeSpan.FromHours(-2);
        _pod.Pod.Rotate();
        (await check.CheckAsync()).ShouldFailFor(FederatedTokenUnusable);

        _pod.Pod.TokenLifetime = lifetime;
        _pod.Pod.Rotate();

        (await check.CheckAsync()).ShouldBeHealthy();
    }

    [Fact]
    public async Task Entra_is_asked_through_the_proxy_that_the_pods_variables_name()
    {
        await using var proxy = new ConnectProxy(_pod.Entra.Address.Port);
        using var way = new WayToEntra(_pod.Entra, proxy);

        (await _pod.CheckAsync()).ShouldBeHealthy();

        Assert.NotEmpty(proxy.Asked);
        Assert.All(proxy.Asked, a => Assert.Equal(_pod.Entra.Address.Authority, a));
    }

    [Fact]
    public async Task A_proxy_that_wants_a_password_gets_the_one_in_the_variable()
    {
        await using var proxy = new ConnectProxy(_pod.Entra.Address.Port, password: "user:sesame");
        using var way = new WayToEntra(_pod.Entra, proxy) { Credentials = new NetworkCredential("user", "sesame") };

        (await _pod.CheckAsync()).ShouldBeHealthy();
    }

    [Fact]
    public async Task A_proxy_that_refuses_the_way_to_Entra_is_named()
    {
        await using var proxy = new ConnectProxy(_pod.Entra.Address.Port, refuses: true);
        using var way = new WayToEntra(_pod.Entra, proxy);

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(TokenServiceError);
        Assert.Contains($"could not be reached through the proxy {proxy.Address}. Allow localhost:", entry.Description, StringComparison.Ordinal);
        Assert.Contains("HTTPS_PROXY", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_is_named()
    {
        var proxy = new ConnectProxy(_pod.Entra.Address.Port);
        using var way = new WayToEntra(_pod.Entra, proxy);
        await proxy.DisposeAsync();

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(TokenServiceError);
        Assert.Contains($", asked through the proxy {proxy.Address}, refused the connection. Check that the pod can reach that proxy", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kubelet_that_renews_the_token_no_more_is_found_when_it_has_expired()
    {
        await using var check = _pod.CreateCheck();
        _pod.Time.Advance(TimeSpan.FromHours(3));
        (await check.CheckAsync()).ShouldBeHealthy();

        _pod.Pod.Rotates = false;
        _pod.Time.Advance(TimeSpan.FromHours(1));

        (await check.CheckAsync()).ShouldFailFor(FederatedTokenUnusable);
    }

    [Fact]
    public async Task What_a_federated_credential_is_compared_with_is_shown_when_none_fits()
    {
        _pod.ReplaceCredential(c => c with { Audience = "api://Other" });

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(TokenRejected);
        var (issuer, subject, audience) = _pod.Pod.FederatedCredential;
        Assert.Contains(
            $"the token in {_pod.TokenFile} has issuer `{issuer}`, subject `{subject}`, audience `{audience}`", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_federated_token_that_only_root_may_read_is_told_with_fsGroup()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Permissions are those of Linux.");
            return;
        }

        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "token");
        await File.WriteAllTextAsync(path, "token", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(path, UnixFileMode.None);
        var user = setfsuid(65534);
        try
        {
            var file = HealthChecks.Tokens.FederatedTokenFile.Inspect(path, _pod.Time.GetUtcNow());

            Assert.Equal("is not readable by this user", file.Problem);
            Assert.Contains("`fsGroup`", file.Hint, StringComparison.Ordinal);
        }
        finally
        {
            _ = setfsuid(user);
            folder.Delete(recursive: true);
        }

        [System.Runtime.InteropServices.DllImport("libc")]
        static extern int setfsuid(int user);
    }

    [Fact]
    public async Task A_federated_token_as_long_as_a_disk_is_not_read_to_its_end()
    {
        await using (var file = File.Create(_pod.TokenFile))
        {
            file.SetLength(1L << 32);
        }

        Assert.Equal("is too long", HealthChecks.Tokens.FederatedTokenFile.Inspect(_pod.Time.GetUtcNow())!.Problem);
    }

    [Fact]
    public async Task An_unreachable_Entra_is_told_with_the_firewalls_rule()
    {
        _pod.Entra.Fault = EntraFault.Refuse;

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(TokenServiceError);
        Assert.Contains($"Allow port {_pod.Entra.Address.Port} to {_pod.Entra.Address.Host}", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_identity_than_the_expected_one_is_refused_whatever_the_webhook_set() =>
        (await _pod.CheckAsync(o => o.ExpectedClientId = $"{Guid.NewGuid()}")).ShouldFailFor(IdentityMismatch);

    [Fact]
    public async Task An_identity_that_is_named_is_the_one_that_Entra_is_asked_for()
    {
        var another = new SimulatedIdentity("another");
        _pod.Entra.AddFederatedCredential(another, _pod.Pod.FederatedCredential);

        var entry = await _pod.CheckAsync(o => o.ClientId = another.ClientId);

        entry.ShouldBeHealthy();
        Assert.Equal(another.ClientId, entry.Data[PodIdentityDataKeys.ClientId]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_throttling_Entra_is_told_as_that_where_the_credential_is_supplied(bool isManagedIdentity)
    {
        _pod.Entra.Fault = EntraFault.Throttled;
        var once = new RetryPolicy(maxRetries: 0);
        TokenCredential credential = isManagedIdentity
            ? new ManagedIdentityCredential(new ManagedIdentityCredentialOptions(ManagedIdentityId.SystemAssigned) { RetryPolicy = once })
            : new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions { RetryPolicy = once });
        await using var check = CheckedPod.WithCredential(credential, time: _pod.Time);

        var entry = await check.CheckAsync();

        entry.ShouldFailFor(Throttled);
        Assert.Contains("too many sign-ins", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_throttling_Entra_is_told_and_asked_again_after_the_back_off()
    {
        _pod.Entra.Fault = EntraFault.Throttled;
        await using var check = _pod.CreateCheck();

        (await check.CheckAsync()).ShouldFailFor(Throttled);
        _pod.Entra.Fault = EntraFault.None;
        (await check.CheckAsync()).ShouldFailFor(Throttled);
        Assert.Single(_pod.Exchanges);
        _pod.Time.Advance(TimeSpan.FromSeconds(61));

        (await check.CheckAsync()).ShouldBeHealthy();
    }

    [Fact]
    public async Task Entra_is_not_asked_before_the_time_that_it_names()
    {
        (_pod.Entra.Fault, _pod.Entra.RetryAfter) = (EntraFault.Throttled, TimeSpan.FromSeconds(90));
        await using var check = _pod.CreateCheck();

        (await check.CheckAsync()).ShouldFailFor(Throttled);
        _pod.Time.Advance(TimeSpan.FromSeconds(89));
        (await check.CheckAsync()).ShouldFailFor(Throttled);

        Assert.Single(_pod.Exchanges);
    }

    [Fact]
    public async Task Trouble_of_Entra_is_excused_while_the_last_token_is_valid()
    {
        await using var check = _pod.CreateCheck();
        (await check.CheckAsync()).ShouldBeHealthy();
        _pod.Entra.Fault = EntraFault.Unavailable;

        var entry = await check.CheckAsync();

        Assert.Equal((HealthStatus.Degraded, TokenServiceError), (entry.Status, entry.Reason()));
        Assert.Contains("AADSTS90033", entry.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EntraFault.Garbage)]
    [InlineData(EntraFault.Empty)]
    [InlineData(EntraFault.NoToken)]
    [InlineData(EntraFault.Huge)]
    public async Task Whatever_answers_in_Entras_place_says_nothing_about_the_identity(EntraFault fault)
    {
        await using var check = _pod.CreateCheck();
        (await check.CheckAsync()).ShouldBeHealthy();
        _pod.Entra.Fault = fault;

        var entry = await check.CheckAsync();

        Assert.Equal((HealthStatus.Degraded, TokenServiceError), (entry.Status, entry.Reason()));
    }

    [Fact]
    public async Task An_Entra_that_hangs_is_told_at_the_deadline()
    {
        _pod.Entra.Fault = EntraFault.Hang;

        var checking = _pod.CheckAsync();
        await _pod.Node.WhenRequests(FederatedPod.IsExchange, ct: TestContext.Current.CancellationToken);
        _pod.Time.Advance(TimeSpan.FromSeconds(3));

        (await checking).ShouldFailFor(TimedOut);
    }

    [Theory]
    [InlineData(70021, 2)]
    [InlineData(700211, 2)]
    [InlineData(700213, 2)]
    [InlineData(70025, 1)]
    [InlineData(700212, 1)]
    public async Task A_refusal_that_may_be_noise_is_asked_again_and_any_other_is_not(int code, int requests)
    {
        _pod.Entra.Error = code;

        (await _pod.CheckAsync()).ShouldFailFor(TokenRejected);

        Assert.Equal(requests, _pod.Exchanges.Count);
    }

    [Fact]
    public async Task In_the_noise_that_users_counted_a_setup_that_is_right_is_never_Unhealthy()
    {
        (_pod.Entra.Noise, _pod.Entra.NoiseSeed) = (0.02, 1);
        await using var check = _pod.CreateCheck();

        var statuses = new List<HealthStatus>();
        for (var i = 0; i < 200; i++)
        {
            _pod.Time.Advance(TimeSpan.FromSeconds(15));
            statuses.Add((await check.CheckAsync()).Status);
        }

        Assert.DoesNotContain(HealthStatus.Unhealthy, statuses);
        Assert.True(_pod.Exchanges.Count > statuses.Count, "There was no noise.");
    }

    [Fact]
    public async Task A_federated_credential_that_arrives_later_is_waited_for()
    {
        _pod.ReplaceCredential(c => c with { Subject = "system:serviceaccount:default:old" });
        await using var check = _pod.CreateCheck();
        (await check.CheckAsync()).ShouldFailFor(TokenRejected);

        _pod.Entra.PropagationDelay = TimeSpan.FromMinutes(2);
        _pod.Entra.AddFederatedCredential(_pod.Identity, _pod.Pod.FederatedCredential);
        _pod.Time.Advance(TimeSpan.FromSeconds(119));
        (await check.CheckAsync()).ShouldFailFor(TokenRejected);
        _pod.Time.Advance(TimeSpan.FromSeconds(1));

        (await check.CheckAsync()).ShouldBeHealthy();
    }

    [Fact]
    public async Task After_a_success_a_missing_credential_is_believed_after_three_exchanges_over_30_seconds()
    {
        await using var check = _pod.CreateCheck();
        (await check.CheckAsync()).ShouldBeHealthy();
        _pod.ReplaceCredential(c => c with { Subject = "system:serviceaccount:default:other" });

        var statuses = new List<HealthStatus>();
        foreach (var wait in (int[])[1, 15, 14, 1, 60])
        {
            _pod.Time.Advance(TimeSpan.FromSeconds(wait));
            statuses.Add((await check.CheckAsync()).Status);
        }

        Assert.Equal([HealthStatus.Degraded, HealthStatus.Degraded, HealthStatus.Degraded, HealthStatus.Unhealthy, HealthStatus.Unhealthy], statuses);
    }

    [Fact]
    public async Task A_success_between_two_refusals_makes_the_count_begin_anew()
    {
        await using var check = _pod.CreateCheck();

        var statuses = new List<HealthStatus>();
        foreach (var isGranted in (bool[])[true, false, true, false, false])
        {
            _pod.Time.Advance(TimeSpan.FromSeconds(20));
            _pod.Entra.Error = isGranted ? null : 70021;
            statuses.Add((await check.CheckAsync()).Status);
        }

        Assert.Equal([HealthStatus.Healthy, HealthStatus.Degraded, HealthStatus.Healthy, HealthStatus.Degraded, HealthStatus.Degraded], statuses);
    }

    [Fact]
    public async Task After_a_definite_refusal_a_missing_credential_is_no_excuse()
    {
        await using var check = _pod.CreateCheck();
        (await check.CheckAsync()).ShouldBeHealthy();
        _pod.Entra.Error = 53003;
        (await check.CheckAsync()).ShouldFailFor(TokenRejected);

        _pod.Entra.Error = 70021;

        (await check.CheckAsync()).ShouldFailFor(TokenRejected);
    }

    [Fact]
    public async Task Entra_is_asked_every_five_minutes_and_after_a_failure_every_15_seconds()
    {
        await using var check = CheckedPod.Create(checks => checks.AddPodIdentity(), _pod.Time);

        Assert.Equal(1, await RequestsAfter(check, 0));
        Assert.Equal(0, await RequestsAfter(check, 299));
        _pod.Entra.Error = 53003;
        Assert.Equal(1, await RequestsAfter(check, 16));
        Assert.Equal(0, await RequestsAfter(check, 14));
        Assert.Equal(1, await RequestsAfter(check, 4));
    }

    [Fact]
    public async Task A_lifetime_that_is_set_holds_for_Entra_too()
    {
        await using var check = CheckedPod.Create(checks => checks.AddPodIdentity(o => o.ResultLifetime = TimeSpan.FromSeconds(10)), _pod.Time);

        Assert.Equal(1, await RequestsAfter(check, 0));
        Assert.Equal(0, await RequestsAfter(check, 9));
        Assert.Equal(1, await RequestsAfter(check, 3));
    }

    [Theory]
    [InlineData("http://login.microsoftonline.com/")]
    [InlineData("garbage")]
    public async Task An_authority_that_is_no_https_address_is_named_and_sent_nothing(string authority)
    {
        Environment.SetEnvironmentVariable("AZURE_AUTHORITY_HOST", authority);

        var entry = await _pod.CheckAsync();

        entry.ShouldFailFor(CredentialFailed);
        Assert.Contains($"AZURE_AUTHORITY_HOST is '{authority}'", entry.Description, StringComparison.Ordinal);
        Assert.Empty(_pod.Node.Requests);
    }

    [Fact]
    public async Task A_password_in_an_address_is_not_shown()
    {
        Environment.SetEnvironmentVariable("AZURE_AUTHORITY_HOST", "https://somebody:pa55word@login.microsoftonline.com/");

        var entry = await _pod.CheckAsync();

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.DoesNotContain("pa55word", entry.Description + string.Join(' ', entry.Data.Values), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_with_a_token_file_and_no_client_id_is_told_what_is_missing()
    {
        Environment.SetEnvironmentVariable("AZURE_CLIENT_ID", null);
        await _pod.Node.Nmi.SetStateAsync(NmiState.Stopped);
        _pod.Node.Imds.Clear();

        var entry = await _pod.CheckAsync(o => o.TokenEndpoint = _pod.Node.TokenEndpoint);

        entry.ShouldFailFor(WorkloadIdentityNotInjected);
        Assert.Contains("AZURE_CLIENT_ID", entry.Description, StringComparison.Ordinal);
    }

    private async Task<int> RequestsAfter(CheckedPod check, int seconds)
    {
        var before = _pod.Exchanges.Count;
        _pod.Time.Advance(TimeSpan.FromSeconds(seconds));
        await check.CheckAsync();
        return _pod.Exchanges.Count - before;
    }

    /// <summary>What HTTPS_PROXY does to this process, for connections to one Entra.</summary>
    private sealed class WayToEntra : IWebProxy, IDisposable
    {
        private readonly IWebProxy _before = HttpClient.DefaultProxy;
        private readonly SimulatedEntra _entra;
        private readonly ConnectProxy _proxy;

        public WayToEntra(SimulatedEntra entra, ConnectProxy proxy)
        {
            (_entra, _proxy) = (entra, proxy);
            HttpClient.DefaultProxy = this;
        }

        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : _proxy.Address;

        public bool IsBypassed(Uri host) => host.Port != _entra.Address.Port;

        public void Dispose() => HttpClient.DefaultProxy = _before;
    }
}
