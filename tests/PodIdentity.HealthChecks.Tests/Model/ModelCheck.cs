using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Tokens;
using Found = (Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus Status, PodIdentity.HealthChecks.PodIdentityFailureReason? Reason);

namespace PodIdentity.HealthChecks.Tests.Model;

/// <summary>How a check gets its tokens.</summary>
public enum ModelKind
{
    /// <summary>Through a credential of its own.</summary>
    Own,

    /// <summary>Through a credential of the application's, whose identity the check does not know.</summary>
    Supplied,

    /// <summary>The same, and the check's options name the identity.</summary>
    Named,

    /// <summary>As <c>podidentity-probe watch token</c> does: directly, without a gate.</summary>
    Watch,

    /// <summary>As <c>podidentity-probe watch all</c> does: only while NMI is in order.</summary>
    WatchAll,
}

/// <summary>The real thing on the model's node: gate, core and credential.</summary>
internal sealed class ModelCheck : IDisposable
{
    private static readonly Uri Health = new("http://10.0.0.1:8085/healthz");
    private static int _made;

    private readonly string _sender = $"check {Interlocked.Increment(ref _made)}";
    private readonly ModelNode _node;
    private readonly SimulatedTime _time;
    private readonly TimeSpan _patience;
    private readonly IAttempt _attempt;
    private readonly VerdictGate? _gate;

    private ModelCheck(ModelNode node, ManualTimeProvider clock, HealthCheckTimingOptions options, bool hasGate, Func<CheckLog, string, IAttempt> attempt)
    {
        (_node, _time, _patience) = (node, new SimulatedTime(clock, node), options.AttemptTimeout);
        var log = new CheckLog(NullLogger.Instance, _sender);
        _attempt = attempt(log, _sender);
        _gate = hasGate ? new VerdictGate(_sender, _attempt, options, clock, log, new CheckMetrics(factory: null, clock)) : null;
    }

    private SuppliedCredentialSource? Supplied { get; init; }

    /// <summary>What is asked first.</summary>
    private ModelCheck? Nmi { get; init; }

    public IEnumerable<(TimeSpan At, string Sender, string? ClientId)> TokenRequests => _node.TokenRequests.Where(r => r.Sender.Equals(_sender, StringComparison.Ordinal));

    /// <summary>When NMI last gave it a token.</summary>
    public TimeSpan LastToken => _node.LastToken.GetValueOrDefault(_sender);

    public static ModelCheck OfIdentity(
        ModelNode node, ManualTimeProvider clock, ModelKind kind = ModelKind.Own, string? clientId = null, Action<PodIdentityHealthCheckOptions>? configure = null)
    {
        var options = new PodIdentityHealthCheckOptions { NmiHealthEndpoint = Health, ClientId = kind is ModelKind.Supplied ? null : clientId };
        configure?.Invoke(options);
        SuppliedCredentialSource? supplied = null;
        return new ModelCheck(node, clock, options, kind is not (ModelKind.Watch or ModelKind.WatchAll), (log, sender) => kind switch
        {
            ModelKind.Own => TokenAttempt.Of(options, supplied: null, clock, log, node.Turn, () => node.Connect(sender)),
            ModelKind.Supplied or ModelKind.Named => new TokenAttempt(
                options,
                (client, _) => supplied = new SuppliedCredentialSource(options, () => Supply(node.Connect(sender), clientId), client, goesToEntra: false, clock),
                clock, () => node.Connect(sender), log),
            _ => new TokenAttempt(
                options, (client, _) => new DirectTokenSource(client, options, isOnlyAttempt: false, clock), clock, () => node.Connect(sender))
            {
                ResultLifetime = options.ResultLifetime,
            },
        })
        {
            Supplied = supplied,
            Nmi = kind is ModelKind.WatchAll ? OfNmi(node, clock, o => (o.ResultLifetime, o.FailureLifetime) = (TimeSpan.Zero, TimeSpan.Zero)) : null,
        };
    }

    public static ModelCheck OfNmi(ModelNode node, ManualTimeProvider clock, Action<NmiHealthCheckOptions>? configure = null)
    {
        var options = new NmiHealthCheckOptions { Endpoint = Health };
        configure?.Invoke(options);
        return new ModelCheck(node, clock, options, hasGate: true, (_, sender) => new NmiAttempt(options, clock, () => node.Connect(sender)));
    }

    /// <summary>One probe, which takes as long as it takes.</summary>
    public Found Probe()
    {
        if (Nmi?.Probe() is not { Status: HealthStatus.Unhealthy } failed)
        {
            return ProbeTogether(this)[0];
        }

        ((TokenAttempt)_attempt).ForgetToken();
        return failed;
    }

    /// <summary>Probes that begin at the same moment.</summary>
    public static Found[] ProbeTogether(params ModelCheck[] checks)
    {
        var (node, time) = (checks[0]._node, checks[0]._time);

        // A call that a deadline cut off returns in real time, and gives its turn back: simulated time waits for it.
        SpinWait.SpinUntil(() => checks.All(c => c.Supplied?.IsRunning != true) && node.Turn.TryTake());
        node.Turn.GiveBack();
        return time.Await(checks.Select(c => (c._sender, c._patience, (Func<Task<Found>>)c.ProbeAsync)).ToArray());
    }

    public void Dispose()
    {
        Nmi?.Dispose();
        _gate?.Dispose();
        _attempt.Dispose();
    }

    private async Task<Found> ProbeAsync()
    {
        if (_gate is null)
        {
            var verdict = await _attempt.RunAsync(CancellationToken.None).ConfigureAwait(false);
            return (verdict.Status, verdict.Reason);
        }

        var result = await _gate.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None).ConfigureAwait(false);
        return (result.Status, result.Data.TryGetValue(PodIdentityDataKeys.Reason, out var reason) ? Enum.Parse<PodIdentityFailureReason>((string)reason) : null);
    }

    /// <summary>One of the application's, without the retries that would fill the test's time.</summary>
    private static ManagedIdentityCredential Supply(HttpMessageHandler network, string? clientId) => new(
        new ManagedIdentityCredentialOptions(clientId is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(clientId))
        {
            Transport = new HttpClientTransport(DirectHttp.CreateClient(network)),
            RetryPolicy = new RetryPolicy(maxRetries: 0),
        });
}
