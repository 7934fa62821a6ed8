using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Tests.Support;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Identity;

/// <summary>The real credential against the simulator: each attempt is a round trip of its own, and stays within bounds.</summary>
public sealed class RoundTripTests
{
    private const string Management = "https://management.azure.com/";

    [Fact]
    public async Task A_pod_with_its_identity_is_healthy_and_the_data_say_whose_token_it_got()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node, o => o.ClientId = node.BoundIdentity().ClientId);

        var entry = await pod.CheckAsync();

        entry.ShouldBeHealthy();
        Assert.Equal(node.BoundIdentity().ClientId, entry.Data[PodIdentityDataKeys.ClientId]);
        Assert.Equal(node.BoundIdentity().ObjectId, entry.Data[PodIdentityDataKeys.ObjectId]);
        Assert.Equal(node.BoundIdentity().TenantId, entry.Data[PodIdentityDataKeys.TenantId]);
        Assert.Equal(node.BoundIdentity().ResourceId, entry.Data[PodIdentityDataKeys.ResourceId]);
        Assert.Equal(nameof(PodIdentityResponder.Nmi), entry.Data[PodIdentityDataKeys.Responder]);
        Assert.Equal(Management, entry.Data[PodIdentityDataKeys.Resource]);
        Assert.Equal(200, entry.Data[PodIdentityDataKeys.HttpStatus]);
        Assert.IsType<TimeSpan>(entry.Data[PodIdentityDataKeys.Elapsed]);
        Assert.InRange((TimeSpan)entry.Data[PodIdentityDataKeys.RemainingLifetime], TimeSpan.FromHours(23), TimeSpan.FromHours(25));
        Assert.IsType<DateTimeOffset>(entry.Data[PodIdentityDataKeys.ExpiresOn]);
        Assert.False(entry.Data.ContainsKey(PodIdentityDataKeys.Reason));
    }

    [Fact]
    public async Task NMI_dies_after_a_first_success_and_the_next_attempt_says_so()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node);
        (await pod.CheckAsync()).ShouldBeHealthy();

        await node.Nmi.SetStateAsync(NmiState.Killed);

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.NmiUnreachable);
    }

    [Fact]
    public async Task A_plain_GetTokenAsync_check_does_not_notice_that_NMI_died()
    {
        await using var node = await Node.StartAsync();
        var credential = AppCredential.For(node, node.BoundIdentity().ClientId);
        await using var pod = CheckedPod.Create(checks => checks.AddAsyncCheck("by hand", async () =>
        {
            await credential.TokenFor(Management);
            return HealthCheckResult.Healthy();
        }));
        (await pod.CheckAsync()).ShouldBeHealthy();

        await node.Nmi.SetStateAsync(NmiState.Killed);

        (await pod.CheckAsync()).ShouldBeHealthy();
        Assert.Equal(1, node.TokenRequests());
    }

    [Fact]
    public async Task A_refused_connection_answers_in_one_attempt()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        var options = new PodIdentityHealthCheckOptions();
        CheckedPod.Options(node)(options);
        var log = new CheckLog(NullLogger.Instance, "pod_identity");
        var connections = new CountingHandler(new SocketsHttpHandler { UseProxy = false });
        using var attempt = TokenAttempt.Of(options, supplied: null, TimeProvider.System, log, new CredentialTurn(), () => connections);

        var verdict = await attempt.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(PodIdentityFailureReason.NmiUnreachable, verdict.Reason);
        Assert.Equal(1, connections.Requests);
    }

    [Fact]
    public async Task A_404_answers_in_one_attempt()
    {
        await using var node = await Node.StartAsync();
        node.Nmi.Mode = NmiMode.Managed;
        node.Pod.UnbindAll();
        await using var pod = CheckedPod.WithIdentity(node);

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.IdentityNotBound);
        Assert.Equal(1, node.TokenRequests());
    }

    [Fact]
    public async Task A_500_answers_in_one_attempt()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        node.Imds.Fault = ImdsFault.InternalError;
        await using var pod = CheckedPod.WithIdentity(node, o => o.NmiHealthEndpoint = null);

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.TokenServiceError);
        Assert.Equal(1, node.TokenRequests());
    }

    [Fact]
    public async Task HTTP_PROXY_is_ignored()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.Create(checks => checks
            .AddPodIdentity(CheckedPod.Options(node)));
        await using var nmi = CheckedPod.WithNmi(node);
        var proxy = new TrapProxy();
        var before = HttpClient.DefaultProxy;
        try
        {
            // What HTTP_PROXY sets for every client that does not refuse it.
            HttpClient.DefaultProxy = proxy;

            (await pod.CheckAsync()).ShouldBeHealthy();
            (await nmi.CheckAsync()).ShouldBeHealthy();
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        Assert.Equal(0, proxy.Asked);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var node = await Node.StartAsync();
        await using var other = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        node.Imds.Fault = ImdsFault.Redirect;
        node.Imds.RedirectTo = other.TokenEndpoint;
        await using var pod = CheckedPod.WithIdentity(node, o => o.NmiHealthEndpoint = null);

        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(PodIdentityFailureReason.InvalidResponse);
        Assert.Contains("redirect", entry.Description, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_10_MiB_answer_is_cut_off()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        node.Imds.Fault = ImdsFault.Huge;
        await using var pod = CheckedPod.WithIdentity(node, o => o.NmiHealthEndpoint = null);

        var entry = await pod.CheckAsync();

        entry.ShouldFailFor(PodIdentityFailureReason.InvalidResponse);
        Assert.Contains("64 KiB", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kept_alive_connection_is_not_reused()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node);
        (await pod.CheckAsync()).ShouldBeHealthy();
        Assert.Equal(nameof(PodIdentityResponder.Nmi), (await pod.CheckAsync()).Data[PodIdentityDataKeys.Responder]);

        // The rules are gone: a connection of before would still reach NMI.
        await node.Nmi.SetStateAsync(NmiState.Stopping);

        Assert.Equal(nameof(PodIdentityResponder.Imds), (await pod.CheckAsync()).Data[PodIdentityDataKeys.Responder]);
        Assert.Equal(3, node.Requests.Where(r => !r.Forwarded).Select(r => r.ConnectionId).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task The_applications_cached_token_for_another_scope_is_untouched()
    {
        const string Vault = "https://vault.azure.net";
        await using var node = await Node.StartAsync();
        var application = AppCredential.For(node, node.BoundIdentity().ClientId);
        var before = await application.TokenFor(Vault);
        await using var pod = CheckedPod.WithIdentity(node, o => o.ClientId = node.BoundIdentity().ClientId);

        (await pod.CheckAsync()).ShouldBeHealthy();
        node.ClearRequests();

        Assert.True(string.Equals(before.Token, (await application.TokenFor(Vault)).Token, StringComparison.Ordinal), "The application's token was replaced.");
        Assert.Empty(node.Requests);
    }

    [Theory]
    [InlineData("https://management.azure.com/")]
    [InlineData("https://management.azure.com")]
    [InlineData("api://6f9619ff-8b86-d011-b42d-00c04fc964ff")]
    public async Task The_resource_is_sent_exactly_as_configured(string resource)
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(node, o => o.Resource = resource);

        (await pod.CheckAsync()).ShouldBeHealthy();

        Assert.Contains($"resource={resource}&", Uri.UnescapeDataString(Assert.Single(node.Requests, r => !r.Forwarded).Query) + "&", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_selector_finds_the_identity_that_it_names_and_expects_it()
    {
        await using var node = await Node.StartAsync();
        var identity = node.BoundIdentity();
        foreach (var select in new Action<PodIdentityHealthCheckOptions>[]
        {
            o => o.ClientId = identity.ClientId, o => o.ResourceId = identity.ResourceId, o => o.ObjectId = identity.ObjectId,
        })
        {
            await using var pod = CheckedPod.WithIdentity(node, select);
            (await pod.CheckAsync()).ShouldBeHealthy();
        }
    }

    [Fact]
    public async Task The_endpoints_own_query_parameters_are_kept()
    {
        await using var node = await Node.StartAsync();
        await using var pod = CheckedPod.WithIdentity(
            node, o => o.TokenEndpoint = new Uri(node.TokenEndpoint + "?api-version=2019-08-01&extra=1"));

        (await pod.CheckAsync()).ShouldBeHealthy();

        var query = Assert.Single(node.Requests, r => !r.Forwarded).Query;
        Assert.Contains("api-version=2019-08-01", query, StringComparison.Ordinal);
        Assert.DoesNotContain("2018-02-01", query, StringComparison.Ordinal);
        Assert.Contains("extra=1", query, StringComparison.Ordinal);
        Assert.Contains("resource=", query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hanging_token_service_costs_no_more_than_the_attempts_deadline()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        node.Imds.Fault = ImdsFault.Hang;
        var clock = new ManualTimeProvider();
        await using var pod = CheckedPod.WithIdentity(node, o => o.NmiHealthEndpoint = null, clock);

        var check = pod.CheckAsync();
        await node.WhenRequests(_ => true, ct: TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(3));

        // Then it asks the metadata address who is there, which hangs as well.
        await clock.WhenWaitingFor(TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));

        var entry = await check;
        entry.ShouldFailFor(PodIdentityFailureReason.TimedOut);
        Assert.Equal(TimeSpan.FromSeconds(4), entry.Data[PodIdentityDataKeys.Elapsed]);
    }

    [Fact]
    public async Task An_answer_that_drips_costs_no_more_than_the_attempts_deadline()
    {
        await using var node = await Node.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        node.Imds.Fault = ImdsFault.SlowDrip;
        var clock = new ManualTimeProvider();
        await using var pod = CheckedPod.WithIdentity(node, o => o.NmiHealthEndpoint = null, clock);

        var check = pod.CheckAsync();
        await node.WhenRequests(_ => true, ct: TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(3));

        (await check).ShouldFailFor(PodIdentityFailureReason.TimedOut);
    }

    [Fact]
    public async Task An_answer_that_is_not_HTTP_is_invalid()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new CancellationTokenSource();
        var serving = Task.Run(
            async () =>
            {
                using var connection = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
                await connection.SendAsync("SSH-2.0-OpenSSH_9.2\r\n\r\n"u8.ToArray());
            },
            TestContext.Current.CancellationToken);
        await using var pod = CheckedPod.Create(checks => checks.AddPodIdentity(o =>
            o.TokenEndpoint = new Uri($"http://{listener.LocalEndpoint}/metadata/identity/oauth2/token")));

        var check = pod.CheckAsync();
        await serving;
        listener.Stop();

        var entry = await check;
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("did not speak HTTP", entry.Description, StringComparison.Ordinal);
    }

    private sealed class CountingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests += MetadataService.IsTokenRequest(request.RequestUri!) ? 1 : 0;
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class TrapProxy : IWebProxy
    {
        private int _asked;

        public int Asked => _asked;

        public ICredentials? Credentials { get; set; }

        public Uri GetProxy(Uri destination)
        {
            Interlocked.Increment(ref _asked);
            return new Uri("http://127.0.0.1:9/");
        }

        public bool IsBypassed(Uri host) => false;
    }
}
