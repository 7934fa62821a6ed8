using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using Azure.Core;
using Azure.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Testing.Development;

namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>An application on a developer's machine whose check requires Microsoft Entra ID, with real credentials over TLS.</summary>
[Collection(nameof(DevelopmentApp))]
public sealed class DevelopmentFederationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_Quick_start_of_workload_identity_is_served_by_Entra_over_TLS()
    {
        await using var app = await StartAsync();
        var simulator = app.Services.GetRequiredService<PodIdentitySimulator>();
        simulator.ClearRequests();

        var entry = await CheckAsync(app);

        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.Equal(nameof(PodIdentityResponder.Entra), entry.Data[PodIdentityDataKeys.Responder]);
        Assert.All(simulator.Requests, r => Assert.Equal((SimulatedResponder.Entra, false), (r.Responder, string.IsNullOrEmpty(r.ServerName))));
    }

    [Theory]
    [InlineData("managed identity, made before the host")]
    [InlineData("managed identity")]
    [InlineData("workload identity")]
    [InlineData("default")]
    public async Task The_applications_own_credential_gets_its_token_there(string kind)
    {
        var clientId = Guid.NewGuid().ToString();
        var builder = DevelopmentApp.Builder("Development");
        builder.AddPodIdentitySimulator();
        var early = new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned);
        builder.Services.AddHealthChecks().AddPodIdentity(o => (o.RequiredResponder, o.ExpectedClientId) = (PodIdentityResponder.Entra, clientId));
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        TokenCredential credential = kind switch
        {
            "managed identity" => new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned),
            "workload identity" => new WorkloadIdentityCredential(),
            "default" => new DefaultAzureCredential(),
            _ => early,
        };
        var simulator = app.Services.GetRequiredService<PodIdentitySimulator>();
        simulator.ClearRequests();

        var token = await credential.GetTokenAsync(new TokenRequestContext([$"https://{Guid.NewGuid()}.example/.default"]), Cancellation);

        Assert.Contains(
            $"\"appid\":\"{clientId}\"",
            System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Token.Split('.')[1])),
            StringComparison.Ordinal);
        Assert.Contains(simulator.Requests, r => r is { Responder: SimulatedResponder.Entra, Method: "POST" });
    }

    [Fact]
    public async Task An_application_that_is_being_disposed_of_is_nothing_to_the_others()
    {
        var release = new TaskCompletionSource();
        var ending = await DevelopmentApp.StartAsync(builder =>
        {
            builder.Services.AddSingleton(_ => new SlowToEnd(release.Task)).AddHealthChecks().AddPodIdentity(o => o.RequiredResponder = PodIdentityResponder.Nmi);
        });
        await CheckAsync(ending);
        _ = ending.Services.GetRequiredService<SlowToEnd>();
        var end = ending.DisposeAsync().AsTask();

        var app = await StartAsync(Guid.NewGuid().ToString());
        var entry = await CheckAsync(app);
        await app.DisposeAsync();
        var nmi = DevelopmentNode.GetOrStart(configure: null).Simulator.Nmi.State;
        release.SetResult();
        await end;

        Assert.Equal((HealthStatus.Healthy, NmiState.Active), (entry.Status, nmi));
    }

    [Fact]
    public async Task A_story_ends_with_the_last_application()
    {
        await using (var app = await DevelopmentApp.StartAsync(b => b.Services.AddHealthChecks().AddPodIdentity()))
        {
            using var client = app.Client();
            await SetAsync(client, "/simulator/preset/nmi-stops");
        }

        var node = DevelopmentNode.GetOrStart(configure: null);
        var (story, nmi) = (node.Switches.Story, node.Simulator.Nmi.State);
        await node.Simulator.Nmi.SetStateAsync(NmiState.Active);
        Assert.Equal((null, NmiState.Stopped), (story, nmi));
    }

    [Theory]
    [InlineData("of no check")]
    [InlineData("of a check that names nobody")]
    [InlineData("of a check that names its identity")]
    public async Task An_application_without_checks_keeps_its_story_and_its_switches_when_another_one_ends(string other)
    {
        await using var app = await DevelopmentApp.StartAsync(static _ => { });
        using var client = app.Client();
        await SetAsync(client, "/simulator/preset/identity-deleted");

        await (await DevelopmentApp.StartAsync(builder => _ = other switch
        {
            "of no check" => builder.Services.AddHealthChecks(),
            "of a check that names nobody" => builder.Services.AddHealthChecks().AddPodIdentity(),
            _ => builder.Services.AddHealthChecks().AddPodIdentity(o => o.ClientId = Guid.NewGuid().ToString()),
        })).DisposeAsync();
        var switches = await SetAsync(client, "/simulator/imds/none");
        var story = DevelopmentNode.GetOrStart(configure: null).Switches.Story;
        await SetAsync(client, "/simulator/preset/in-order");

        Assert.Equal(("deleted", "identity-deleted"), (switches.GetProperty("identity").GetString(), story?.Name));
    }

    [Fact]
    public async Task Whoever_reads_the_variables_while_one_pod_follows_another_finds_those_of_either()
    {
        var clock = new Interrupting();
        await using var simulator = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = clock, Cancellation);
        var pod = new InjectedPod(simulator);
        pod.Add(this, new SimulatedIdentity("app"));
        var before = pod.Workload!.TokenFile!;
        bool? hasSet = null;
        string? meanwhile = null;
        clock.Interrupt = () => (meanwhile, hasSet) = (Environment.GetEnvironmentVariable("AZURE_FEDERATED_TOKEN_FILE"), pod.HasSet("AZURE_FEDERATED_TOKEN_FILE", before));

        pod.Replace(isMissed: false);
        clock.Interrupt = static () => { };
        var after = Environment.GetEnvironmentVariable("AZURE_FEDERATED_TOKEN_FILE");
        pod.Remove(this);

        Assert.Equal((before, true), (meanwhile, hasSet));
        Assert.NotEqual(before, after, StringComparer.Ordinal);
        Assert.Null(Environment.GetEnvironmentVariable("AZURE_FEDERATED_TOKEN_FILE"));
        Assert.True(pod.HasSet("AZURE_FEDERATED_TOKEN_FILE", before), "who read it just before takes it for somebody else's");
    }

    [Fact]
    public async Task A_story_that_one_application_tells_is_ended_by_another()
    {
        await using var first = await DevelopmentApp.StartAsync(b => b.Services.AddHealthChecks().AddPodIdentity());
        await using var second = await DevelopmentApp.StartAsync(b => b.Services.AddHealthChecks().AddPodIdentity());
        using var itsClient = first.Client();
        using var client = second.Client();
        await SetAsync(itsClient, "/simulator/preset/nmi-killed");

        await SetAsync(client, "/simulator/nmi/active");

        Assert.Equal(new StoryTold("nmi-killed", HasEnded: true), DevelopmentNode.GetOrStart(configure: null).Switches.Story);
    }

    [Fact]
    public async Task The_pod_takes_on_the_identity_of_the_application_that_is_left()
    {
        var first = await StartAsync(Guid.NewGuid().ToString());
        await using var second = await StartAsync(Guid.NewGuid().ToString());

        await first.DisposeAsync();

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(second)).Status);
    }

    [Fact]
    public async Task An_application_goes_on_when_another_one_ends()
    {
        var clientId = Guid.NewGuid().ToString();
        var first = await StartAsync(Guid.NewGuid().ToString());
        await using var second = await DevelopmentApp.StartAsync(builder =>
            builder.Services.AddHealthChecks().AddPodIdentity(o => (o.RequiredResponder, o.ClientId) = (PodIdentityResponder.Entra, clientId)));
        var credential = new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions { ClientId = clientId });
        var before = await CheckAsync(second);

        await first.DisposeAsync();

        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), (before.Status, (await CheckAsync(second)).Status));
        Assert.NotEmpty((await credential.GetTokenAsync(new TokenRequestContext([$"https://{Guid.NewGuid()}.example/.default"]), Cancellation)).Token);
    }

    [Fact]
    public async Task A_pod_that_the_webhook_missed_is_so_for_all_applications_until_it_is_injected()
    {
        var first = await StartAsync(Guid.NewGuid().ToString());
        await using var second = await StartAsync(Guid.NewGuid().ToString());
        await CheckAsync(first);
        using var client = second.Client();

        await SetAsync(client, "/simulator/webhook/missed");
        var missed = await CheckAsync(first);
        await first.DisposeAsync();

        Assert.Equal(nameof(PodIdentityFailureReason.WorkloadIdentityNotInjected), missed.Data[PodIdentityDataKeys.Reason]);
        Assert.Equal(nameof(PodIdentityFailureReason.WorkloadIdentityNotInjected), (await CheckAsync(second)).Data[PodIdentityDataKeys.Reason]);
    }

    [Fact]
    public async Task A_deleted_credential_stays_deleted_when_an_application_with_another_identity_starts()
    {
        await using var first = await StartAsync(Guid.NewGuid().ToString());
        using var client = first.Client();
        await SetAsync(client, "/simulator/federation/deleted");

        await using var second = await StartAsync(Guid.NewGuid().ToString());

        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(first)).Status);
    }

    [Fact]
    public async Task A_deleted_credential_stays_deleted_when_an_application_ends()
    {
        var first = await StartAsync(Guid.NewGuid().ToString());
        await using var second = await StartAsync(Guid.NewGuid().ToString());
        using var client = second.Client();
        await SetAsync(client, "/simulator/federation/deleted");

        await first.DisposeAsync();

        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(second)).Status);
    }

    [Fact]
    public async Task The_next_application_with_the_same_identity_starts_in_order_and_can_be_broken()
    {
        var clientId = Guid.NewGuid().ToString();
        await using (var ended = await StartAsync(clientId))
        {
            using var itsClient = ended.Client();
            await SetAsync(itsClient, "/simulator/federation/deleted");
        }

        await using var next = await StartAsync(clientId);
        var before = await CheckAsync(next);
        using var client = next.Client();
        await SetAsync(client, "/simulator/federation/deleted");
        await using var third = await StartAsync(clientId);

        Assert.Equal((HealthStatus.Healthy, HealthStatus.Unhealthy), (before.Status, (await CheckAsync(third)).Status));
    }

    [Fact]
    public async Task A_check_of_NMI_that_ran_beside_an_application_with_Entra_recovers_when_that_ends()
    {
        await using var app = await DevelopmentApp.StartAsync(b => b.Services.AddHealthChecks().AddPodIdentity(o => o.RequiredResponder = PodIdentityResponder.Nmi));
        await CheckAsync(app);
        var other = await StartAsync(Guid.NewGuid().ToString());
        var beside = await CheckAsync(app);

        await other.DisposeAsync();

        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Healthy), (beside.Status, (await CheckAsync(app)).Status));
    }

    [Theory]
    [InlineData("unbound", PodIdentityResponder.Entra, false)]
    [InlineData("unbound", PodIdentityResponder.Entra, true)]
    [InlineData("unbound", PodIdentityResponder.Nmi, true)]
    [InlineData("created", PodIdentityResponder.Entra, false)]
    [InlineData("created", PodIdentityResponder.Entra, true)]
    [InlineData("created", PodIdentityResponder.Nmi, true)]
    [InlineData("deleted", PodIdentityResponder.Entra, false)]
    [InlineData("deleted", PodIdentityResponder.Entra, true)]
    [InlineData("deleted", PodIdentityResponder.Nmi, true)]
    public async Task What_was_switched_at_NMI_stays_so_when_another_application_ends(string state, PodIdentityResponder others, bool isOthersNamed)
    {
        await using var app = await DevelopmentApp.StartAsync(b => b.Services.AddHealthChecks().AddPodIdentity(o => o.RequiredResponder = PodIdentityResponder.Nmi));
        using var client = app.Client();
        await SetAsync(client, $"/simulator/identity/{state}");

        var clientId = isOthersNamed ? Guid.NewGuid().ToString() : null;
        await (await DevelopmentApp.StartAsync(b =>
            b.Services.AddHealthChecks().AddPodIdentity(o => (o.RequiredResponder, o.ExpectedClientId) = (others, clientId)))).DisposeAsync();
        using var after = JsonDocument.Parse(await client.GetStringAsync("/simulator", Cancellation));
        await SetAsync(client, "/simulator/identity/bound");

        Assert.Equal(state, after.RootElement.GetProperty("identity").GetString());
    }

    [Theory]
    [InlineData(PodIdentityResponder.Entra)]
    [InlineData(PodIdentityResponder.Nmi)]
    public async Task The_next_application_does_not_get_the_identity_of_one_that_ended(PodIdentityResponder responder)
    {
        await (await DevelopmentApp.StartAsync(builder =>
            builder.Services.AddHealthChecks().AddPodIdentity(o => (o.RequiredResponder, o.ExpectedClientId) = (responder, Guid.NewGuid().ToString())))).DisposeAsync();
        var clientId = Guid.NewGuid().ToString();

        await using var next = await DevelopmentApp.StartAsync(b => b.Services.AddHealthChecks().AddPodIdentity(o => o.ExpectedClientId = clientId));

        await CheckAsync(next);
        Assert.Equal(clientId, Assert.Single(next.Services.GetRequiredService<PodIdentitySimulator>().Pod.Bound).ClientId);
    }

    [Fact]
    public async Task A_deleted_credential_stays_deleted_when_options_are_read_again_and_another_application_starts()
    {
        await using var app = await StartAsync();
        using var client = app.Client();
        using var answer = await client.PostAsync(new Uri("/simulator/federation/deleted", UriKind.Relative), content: null, Cancellation);
        answer.EnsureSuccessStatusCode();

        app.Services.GetRequiredService<IOptionsMonitorCache<PodIdentityHealthCheckOptions>>().Clear();
        _ = app.Services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>().Get("pod_identity");
        await using var other = await StartAsync();

        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(other)).Status);
    }

    [Theory]
    [InlineData(NmiState.Killed, NmiState.Killed)]
    [InlineData(NmiState.Stopping, NmiState.Stopped)]
    public async Task NMI_is_as_it_was_before_or_would_be_by_now(NmiState before, NmiState wanted)
    {
        var node = DevelopmentNode.GetOrStart(configure: null);
        await node.Simulator.Nmi.SetStateAsync(before);

        await (await StartAsync()).DisposeAsync();
        var after = node.Simulator.Nmi.State;
        await node.Simulator.Nmi.SetStateAsync(NmiState.Active);

        Assert.Equal(wanted, after);
    }

    [Theory]
    [InlineData("no guid", null)]
    [InlineData("00000000-0000-0000-0000-000000000000", null)]
    [InlineData("6f9619ff-8b86-d011-b42d-00c04fc96400", "no uri")]
    public async Task An_application_whose_options_are_refused_leaves_no_identity_behind(string clientId, string? resource)
    {
        var node = DevelopmentNode.GetOrStart(configure: null);
        var before = node.Identities;

        await Assert.ThrowsAsync<OptionsValidationException>(() => DevelopmentApp.StartAsync(builder =>
            builder.Services.AddHealthChecks().AddPodIdentity(o => (o.ClientId, o.Resource) = (clientId, resource ?? o.Resource))));

        Assert.Equal(before, node.Identities);
        Assert.Equal(before, node.Simulator.Pod.Bound);
    }

    [Fact]
    public async Task With_the_application_its_variables_end_and_NMI_is_back()
    {
        await using (var app = await StartAsync())
        {
            Assert.NotNull(Environment.GetEnvironmentVariable("AZURE_FEDERATED_TOKEN_FILE"));
            await using var second = await StartAsync(); // it refuses the variables of somebody else only
        }

        var node = DevelopmentNode.GetOrStart(configure: null);
        Assert.Null(Environment.GetEnvironmentVariable("AZURE_FEDERATED_TOKEN_FILE"));
        Assert.Equal(NmiState.Active, node.Simulator.Nmi.State);
        Assert.NotEmpty(node.Simulator.Pod.Bound);
    }

    [Fact]
    public async Task A_check_that_requires_the_proxy_of_an_identity_binding_requires_NMI_here()
    {
        var builder = DevelopmentApp.Builder("Development");
        builder.AddPodIdentitySimulator();
        builder.Services.AddHealthChecks().AddPodIdentity(o => o.RequiredResponder = PodIdentityResponder.IdentityBindingProxy);
        await using var app = builder.Build();

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(app)).Status);
    }

    [Fact]
    public async Task A_pod_that_the_webhook_misses_is_a_new_pod_and_so_is_the_next_one()
    {
        await using var app = await StartAsync();
        using var client = app.Client();
        await CheckAsync(app);

        await SetAsync(client, "/simulator/webhook/missed");
        var missed = await CheckAsync(app);
        await SetAsync(client, "/simulator/webhook/injected");
        var injected = await CheckAsync(app);

        Assert.Equal(nameof(PodIdentityFailureReason.WorkloadIdentityNotInjected), missed.Data[PodIdentityDataKeys.Reason]);
        Assert.Equal(HealthStatus.Healthy, injected.Status);
    }

    [Fact]
    public async Task Every_value_of_every_switch_and_every_story_can_be_set_and_all_in_order_undoes_it()
    {
        await using var app = await StartAsync();
        using var client = app.Client();
        using var described = JsonDocument.Parse(await client.GetStringAsync("/simulator", Cancellation));
        var before = Values(described.RootElement);

        foreach (var (path, value) in described.RootElement.GetProperty("switches").EnumerateObject()
            .SelectMany(s => s.Value.EnumerateArray().Select(v => (s.Name["POST ".Length..], v.GetString()!))))
        {
            var state = Values(await SetAsync(client, path + value));
            if (path is not "/simulator/preset/")
            {
                Assert.Equal(value, state[path.Split('/')[2]]);
            }

            Assert.Equal(before, Values(await SetAsync(client, "/simulator/preset/in-order")));
        }

        static Dictionary<string, string> Values(JsonElement state) => state.EnumerateObject()
            .Where(p => p.Value.ValueKind is JsonValueKind.String)
            .ToDictionary(p => p.Name, p => p.Value.GetString()!, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("nmi/stopped")]
    [InlineData("preset/nmi-killed")]
    public async Task What_is_not_on_its_way_cannot_be_broken(string name)
    {
        await using var app = await StartAsync();
        using var client = app.Client();

        using var response = await client.PostAsync($"/simulator/{name}", content: null, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Nobody_else_is_trusted_for_having_the_simulators_CA()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: Cancellation);
        await using var other = await PodIdentitySimulator.StartAsync(o => o.CertificateAuthority = simulator.Entra.CertificateAuthority, Cancellation);
        using var http = new HttpClient(new EntraRoute(simulator.Entra, new SocketsHttpHandler { UseProxy = false }));

        using var answered = await http.GetAsync(new Uri(simulator.Entra.Address, "common/discovery/instance"), Cancellation);
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(other.Entra.Address, Cancellation));

        Assert.True((int)answered.StatusCode > 0);
        Assert.IsType<AuthenticationException>(refusal.InnerException);
    }

    [Fact]
    public async Task Connections_that_Entra_refuses_are_refused_to_the_check()
    {
        await using var app = await StartAsync();
        var simulator = app.Services.GetRequiredService<PodIdentitySimulator>();
        await CheckAsync(app);

        simulator.Entra.Fault = EntraFault.Refuse;
        var refused = await CheckAsync(app);
        simulator.Entra.Fault = EntraFault.None;

        Assert.Equal((HealthStatus.Degraded, nameof(PodIdentityFailureReason.TokenServiceError)), (refused.Status, refused.Data[PodIdentityDataKeys.Reason]));
    }

    private sealed class SlowToEnd(Task end) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await end;
    }

    /// <summary>Something happens when a timer is made, as for each new pod.</summary>
    private sealed class Interrupting : TimeProvider
    {
        public Action Interrupt { get; set; } = static () => { };

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interrupt();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    private static Task<WebApplication> StartAsync(string? clientId = null) => DevelopmentApp.StartAsync(builder =>
        builder.Services.AddHealthChecks().AddPodIdentity(o => (o.RequiredResponder, o.ExpectedClientId) = (PodIdentityResponder.Entra, clientId)));

    private static async Task<HealthReportEntry> CheckAsync(WebApplication app) =>
        (await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries["pod_identity"];

    private static async Task<JsonElement> SetAsync(HttpClient client, string path)
    {
        using var response = await client.PostAsync(path, content: null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation));
    }
}
