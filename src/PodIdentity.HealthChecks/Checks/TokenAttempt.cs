using Azure.Core;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Nmi;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>Asks for a token, looks whose it is, and on failure asks around why.</summary>
internal sealed class TokenAttempt : IAttempt
{
    /// <summary>How long finding out why may take, beyond <see cref="HealthCheckTimingOptions.AttemptTimeout"/>: half for each question.</summary>
    private static readonly TimeSpan DiagnosisTimeout = TimeSpan.FromSeconds(1);

    private readonly PodIdentityHealthCheckOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _tokenClient;
    private readonly HttpClient _probeClient = DirectHttp.CreateClient(DirectHttp.CreateHandler());
    private readonly NmiProbes _probes;
    private readonly CredentialCall _call;
    private readonly Expectation _expected;
    private readonly bool _isOwn;
    private History _history = History.Empty;

    public TokenAttempt(PodIdentityHealthCheckOptions options, Func<TokenCredential>? supplied, TimeProvider time)
    {
        _options = options;
        _time = time;
        _expected = IdentitySelection.ExpectationOf(options);
        _tokenClient = DirectHttp.CreateClient(new TokenTransport(DirectHttp.CreateHandler(), options.TokenEndpoint, time, IsWrong));
        _probes = new NmiProbes(new PlainRequest(_probeClient, time), options.NmiHealthEndpoint, options.TokenEndpoint ?? MetadataService.Address);
        _isOwn = supplied is null;
        _call = new CredentialCall(
            supplied ?? (() => PodCredential.Create(options, _tokenClient)),
            new TokenRequestContext([options.Resource + "/.default"]),
            options.BypassTokenCache,
            time);
    }

    public async Task<Verdict> RunAsync(CancellationToken stopping)
    {
        var start = _time.GetTimestamp();
        var seen = await ObserveAsync(stopping).ConfigureAwait(false);
        var finding = FailureTable.Read(seen);
        var severity = Judgement.Of(finding, _history, seen.At, _options.FailureGracePeriod);
        _history = _history.After(seen, severity);
        return Verdict.Of(seen, finding, severity, _time.GetElapsedTime(start));
    }

    public void Dispose()
    {
        _tokenClient.Dispose();
        _probeClient.Dispose();
    }

    private async Task<Observation> ObserveAsync(CancellationToken stopping)
    {
        var seen = await AskForTokenAsync(stopping).ConfigureAwait(false);
        if (!_call.AsksMetadataService || seen.Token is not { ToEntra: false } token || !NeedsDiagnosis(seen, token))
        {
            return seen;
        }

        seen = seen with { Health = await _probes.AskHealthAsync(DiagnosisTimeout / 2, stopping).ConfigureAwait(false) };
        var isConclusive = token.Failure is TransportFailure.None || (seen.Health is { } health && !health.SaysActive());
        return isConclusive
            ? seen
            : seen with { Fingerprint = await _probes.AskFingerprintAsync(DiagnosisTimeout / 2, stopping).ConfigureAwait(false) };
    }

    /// <summary>Where NMI itself has answered, or the failure is the credential's own, there is nothing to be learnt from NMI.</summary>
    private static bool NeedsDiagnosis(Observation seen, TokenExchange token) =>
        token is { Responder: not PodIdentityResponder.Nmi, Failure: not (TransportFailure.Credential or TransportFailure.StillRunning or TransportFailure.NotSent) }
        && FailureTable.Read(seen).Reason is not null;

    private async Task<Observation> AskForTokenAsync(CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(_options.AttemptTimeout, _time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        var token = await _call.AcquireAsync(deadline.Token).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();

        // Of our own transport we know that nothing went over it.
        return Observe(_isOwn && token is { Endpoint: null, Failure: TransportFailure.TimedOut } ? token with { Failure = TransportFailure.NotSent } : token);
    }

    private Observation Observe(TokenExchange token) => new()
    {
        Token = token,
        PreviousIdentity = _history.Identity,
        Expected = _expected,
        Resource = _options.Resource,
        Selector = IdentitySelection.Describe(_options),
        At = _time.GetUtcNow(),
        MinimumTokenLifetime = _options.MinimumTokenLifetime,
    };

    /// <summary>A token that only expires soon may be cached: it is the right one.</summary>
    private bool IsWrong(TokenExchange token) =>
        FailureTable.Read(Observe(token)).Reason is not (null or PodIdentityFailureReason.TokenExpiring);
}
