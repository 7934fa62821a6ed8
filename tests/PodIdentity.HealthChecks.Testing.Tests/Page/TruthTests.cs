using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Testing.Development.Page;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests.Page;

/// <summary>What the page calls the truth, beside what a real request brings.</summary>
public sealed class TruthTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private PodIdentitySimulator _simulator = null!;
    private SimulatedIdentity _right = null!;

    public async ValueTask InitializeAsync()
    {
        // NMI's longest wait takes a quarter of a second.
        _simulator = await PodIdentitySimulator.StartAsync(o => o.TimeScale = 0.001, TestContext.Current.CancellationToken);
        _right = _simulator.Pod.Bound[0];
        _simulator.Imds.SystemAssigned = new SimulatedIdentity("node");
    }

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    public static TheoryData<string, Func<PodIdentitySimulator, Task>> States => new()
    {
        { "in order", _ => Task.CompletedTask },
        { "not active", s => s.Nmi.SetStateAsync(NmiState.NotActive) },
        { "stopped", s => s.Nmi.SetStateAsync(NmiState.Stopped) },
        { "unbound", Now(s => s.Pod.UnbindAll()) },
        { "created", Now(s => s.Pod.Bind(s.Pod.Bound[0], assigned: false)) },
        {
            "created, managed mode", Now(s =>
            {
                s.Nmi.Mode = NmiMode.Managed;
                s.Pod.Bind(s.Pod.Bound[0], assigned: false);
            })
        },
        { "deleted", Now(s => s.Imds.RemoveUserAssigned(s.Pod.Bound[0])) },
        { "excepted", Now(s => s.Pod.Excepted = true) },
        { "unknown", Now(s => s.UnknownCallersArePod = false) },
        { "forbidden", Now(s => s.Imds.Fault = ImdsFault.Forbidden) },
        { "no token", Now(s => s.Imds.Fault = ImdsFault.NoToken) },
        { "sidecar", Now(s => s.Proxy.Enabled = true) },
        {
            "stopped, nothing on the node", s =>
            {
                s.Imds.Clear();
                return s.Nmi.SetStateAsync(NmiState.Stopped);
            }
        },
    };

    [Theory]
    [MemberData(nameof(States))]
    public async Task It_is_what_a_fresh_request_brings(string state, Func<PodIdentitySimulator, Task> setAsync)
    {
        await setAsync(_simulator);
        foreach (var isNamed in new[] { false, true })
        {
            var told = Truth(isNamed, requiresNmi: false).Read();
            var answer = await Ask.TokenAsync(_simulator, isNamed ? $"&client_id={_right.ClientId}" : "");

            var isRight = answer.Status == 200 && answer.Body.Contains("\"access_token\":\"ey", StringComparison.Ordinal)
                && string.Equals(answer.Claim("appid").GetString(), _right.ClientId, StringComparison.Ordinal);
            Assert.True(told.Passes == isRight, $"{state}, named: {isNamed}: {told}, but {answer.Status} {answer.Body}");
        }
    }

    [Fact]
    public async Task Another_responder_than_the_required_one_brings_no_right_token()
    {
        await _simulator.Nmi.SetStateAsync(NmiState.Stopping);

        Assert.True(Truth(isNamed: true, requiresNmi: false).Read().Passes);
        Assert.Equal("Not intercepted", Truth(isNamed: true, requiresNmi: true).Read().Reason);
        Assert.Equal("Another identity's token", Truth(isNamed: false, requiresNmi: true).Read().Reason);
    }

    [Fact]
    public async Task Nobody_answers_once_NMI_was_killed()
    {
        await _simulator.Nmi.SetStateAsync(NmiState.Killed);

        Assert.Equal("No answer", Truth().Read().Reason);
    }

    [Fact]
    public void An_expired_token_is_none()
    {
        _simulator.Imds.TokenLifetime = TimeSpan.FromSeconds(-1);

        Assert.Equal("Expired token", Truth().Read().Reason);
    }

    [Fact]
    public void The_last_token_excuses_trouble_of_the_token_service_while_it_is_valid()
    {
        _simulator.Imds.TokenLifetime = TimeSpan.FromHours(1);
        var truth = Truth();
        truth.Read();
        _simulator.Imds.Fault = ImdsFault.Throttled;

        var first = truth.Read();
        _clock.Advance(TimeSpan.FromHours(1));
        var expired = truth.Read();

        Assert.Equal((HealthStatus.Degraded, "Last token valid"), (first.Status, first.Reason));
        Assert.Equal("IMDS is in trouble, so there is no fresh token. The last one is still valid: keep serving.", first.Hint);
        Assert.Equal((HealthStatus.Unhealthy, "No token"), (expired.Status, expired.Reason));
        Assert.Equal("IMDS is in trouble, so there is no fresh token.", expired.Hint);
    }

    [Fact]
    public void Nothing_excuses_it_before_the_first_token()
    {
        _simulator.Imds.Fault = ImdsFault.Throttled;

        Assert.False(Truth().Read().Passes);
    }

    [Fact]
    public void A_definite_finding_ends_the_excuse()
    {
        var truth = Truth();
        truth.Read();
        _simulator.Imds.Fault = ImdsFault.Forbidden;
        truth.Read();
        _simulator.Imds.Fault = ImdsFault.Throttled;

        Assert.False(truth.Read().Passes);
    }

    [Fact]
    public void Under_workload_identity_it_is_what_Entra_says()
    {
        using var pod = _simulator.WorkloadIdentity.Inject(_right);
        _simulator.Entra.AddFederatedCredential(_right, pod.FederatedCredential);
        var truth = new Truth(_simulator, () => [_right], isNamed: false, requiresNmi: false, _clock, () => pod);

        Assert.Equal("Token", truth.Read().Reason);
        _simulator.Entra.Fault = EntraFault.Unavailable;
        Assert.Equal("Last token valid", truth.Read().Reason);
        _simulator.Entra.Fault = EntraFault.NoToken;
        Assert.Equal("Last token valid", truth.Read().Reason);
        (_simulator.Entra.Fault, _simulator.Entra.Error) = (EntraFault.None, 53003);
        Assert.Equal("No token", truth.Read().Reason);
        _simulator.Entra.Error = null;
        _simulator.Entra.RemoveFederatedCredential(_right, pod.FederatedCredential);
        Assert.Equal("No token", truth.Read().Reason);
        _simulator.Entra.AddFederatedCredential(_right, pod.FederatedCredential);
        _simulator.Entra.TokenLifetime = TimeSpan.FromSeconds(-1);
        Assert.Equal("Expired token", truth.Read().Reason);
    }

    [Fact]
    public async Task In_a_pod_that_the_webhook_missed_no_token_of_IMDS_counts()
    {
        await _simulator.Nmi.SetStateAsync(NmiState.Stopped);
        _simulator.WorkloadIdentity.WebhookDown = true;
        using var pod = _simulator.WorkloadIdentity.Inject(_right);

        Assert.Equal("Another identity's token", Missed(isNamed: false).Read().Reason);
        Assert.Equal("Not injected", Missed(isNamed: true).Read().Reason);

        Truth Missed(bool isNamed) => new(_simulator, () => [_right], isNamed, requiresNmi: false, _clock, () => pod);
    }

    private static Func<PodIdentitySimulator, Task> Now(Action<PodIdentitySimulator> set) => simulator =>
    {
        set(simulator);
        return Task.CompletedTask;
    };

    private Truth Truth(bool isNamed = false, bool requiresNmi = true) => new(_simulator, () => [_right], isNamed, requiresNmi, _clock);
}
