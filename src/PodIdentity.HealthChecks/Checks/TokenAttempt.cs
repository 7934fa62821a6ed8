using Azure.Core;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Nmi;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>
/// Asks for a token, looks whose it is, and on failure asks around why. While token requests would do harm (NMI or IMDS are at their limit,
/// or an earlier request still waits) it judges by what NMI says of itself and by the last token.
/// </summary>
internal sealed class TokenAttempt : IAttempt
{
    private readonly PodIdentityHealthCheckOptions _options;
    private readonly TimeProvider _time;
    private readonly CheckLog _log;
    private readonly HttpClient _tokenClient;
    private readonly HttpMessageInvoker _probeClient = new(DirectHttp.CreateHandler());
    private readonly NmiDiagnosis _nmi;
    private readonly CredentialCall _call;
    private readonly LingeringRequest _lingering;
    private readonly BackOff _backOff;
    private readonly Expectation _expected;
    private readonly bool _isOwn;
    private History _history = History.Empty;

    /// <summary>What stands while no token is asked for.</summary>
    private Observation? _standing;

    public TokenAttempt(PodIdentityHealthCheckOptions options, Func<TokenCredential>? supplied, TimeProvider time, CheckLog log)
        : this(options, supplied, time, log, DirectHttp.CreateHandler())
    {
    }

    /// <param name="options">The options of the registration.</param>
    /// <param name="supplied">The application's credential, or <see langword="null"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where to say what is done out of the ordinary.</param>
    /// <param name="network">What token requests are sent over; disposed with the attempt.</param>
    internal TokenAttempt(
        PodIdentityHealthCheckOptions options, Func<TokenCredential>? supplied, TimeProvider time, CheckLog log, HttpMessageHandler network)
    {
        _options = options;
        _time = time;
        _log = log;
        _isOwn = supplied is null;
        _expected = IdentitySelection.ExpectationOf(options);
        _backOff = new BackOff(time);
        _tokenClient = DirectHttp.CreateClient(new TokenTransport(network, options.TokenEndpoint, time, IsWrong));
        _lingering = new LingeringRequest(
            _tokenClient, MetadataService.TokenRequest(options.Resource, IdentitySelection.ParameterOf(options)), time);
        _nmi = new NmiDiagnosis(
            new NmiProbes(new PlainRequest(_probeClient, time), options.NmiHealthEndpoint, options.TokenEndpoint ?? MetadataService.Address));
        _call = new CredentialCall(
            supplied ?? (() => PodCredential.Create(options, _tokenClient)),
            isForeign: !_isOwn,
            new TokenRequestContext([options.Resource + "/.default"]),
            options.BypassTokenCache,
            time);
    }

    public async Task<Verdict> RunAsync(CancellationToken stopping)
    {
        var start = _time.GetTimestamp();
        var seen = await ObserveAsync(stopping).ConfigureAwait(false);
        var finding = FailureTable.Read(seen);
        if (!seen.IsQuiet)
        {
            Restrain(seen, finding, stopping);
        }

        var severity = Judgement.Of(finding, _history, seen.At, _options.FailureGracePeriod);
        _history = _history.After(seen, finding);
        return Verdict.Of(seen, finding, severity, _time.GetElapsedTime(start));
    }

    public void Dispose()
    {
        _tokenClient.Dispose();
        _probeClient.Dispose();
    }

    private async Task<Observation> ObserveAsync(CancellationToken stopping)
    {
        // Looked at first: an answer that comes between the two is then taken now, or next time, and not asked for again.
        var isWaiting = _lingering.IsWaiting;
        var late = _lingering.TakeAnswer();
        if (late is null && _standing is { } standing && (isWaiting || _backOff.Remaining > TimeSpan.Zero))
        {
            return await ObserveQuietlyAsync(standing, stopping).ConfigureAwait(false);
        }

        var seen = Observe(late ?? await AskForTokenAsync(stopping).ConfigureAwait(false));
        if (NeedsDiagnosis(seen))
        {
            seen = await _nmi.ExplainAsync(seen, stopping).ConfigureAwait(false);
        }

        return seen.Token is { ToEntra: true, Token: null } or { Failure: TransportFailure.Credential } && (_isOwn || _call.AsksMetadataService)
            ? seen with { FederatedToken = FederatedTokenFile.Inspect(seen.At) }
            : seen;
    }

    private Task<Observation> ObserveQuietlyAsync(Observation standing, CancellationToken stopping)
    {
        var token = standing.Token!;
        var isStillAsked = _lingering.IsWaiting && token.Failure is not TransportFailure.None;
        var seen = Observe(isStillAsked ? token with { Waited = _lingering.Waited } : token) with { IsQuiet = true };

        // Whoever answered was not NMI: its fingerprint would only add to the load of IMDS.
        var isBehindNmi = token.Responder is PodIdentityResponder.Nmi || standing.Fingerprint?.IsNmi() == true;
        return isBehindNmi ? _nmi.ExplainAsync(seen, stopping) : Task.FromResult(seen);
    }

    private async Task<TokenExchange> AskForTokenAsync(CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(_options.AttemptTimeout, _time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        var token = await _call.AcquireAsync(deadline.Token).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();

        // Of our own transport we know that nothing went over it.
        return _isOwn && token is { Endpoint: null, Failure: TransportFailure.TimedOut } ? token with { Failure = TransportFailure.NotSent } : token;
    }

    /// <summary>Where NMI itself has answered, or the failure is the credential's own, there is nothing to be learnt from NMI.</summary>
    private bool NeedsDiagnosis(Observation seen) =>
        _call.AsksMetadataService
        && seen.Token is
        {
            ToEntra: false,
            Responder: not PodIdentityResponder.Nmi,
            Failure: not (TransportFailure.Credential or TransportFailure.CredentialFactory or TransportFailure.StillRunning or TransportFailure.NotSent),
        }
        && FailureTable.Read(seen).Reason is not null;

    /// <summary>Decides what may be sent next.</summary>
    private void Restrain(Observation seen, Finding finding, CancellationToken stopping)
    {
        var token = seen.Token!;
        var isTimeout = token.Failure is TransportFailure.TimedOut && finding.Reason is not PodIdentityFailureReason.NmiUnreachable;

        // An answer goes on being true while NMI is asked again and says nothing.
        _standing = isTimeout && _standing is { Token: { Failure: TransportFailure.None, Token: null } } ? _standing : seen;
        if (finding.Reason is PodIdentityFailureReason.Throttled || (isTimeout && finding.Reason is not PodIdentityFailureReason.IdentityPending))
        {
            BackAway(token.RetryAfter);
        }
        else if (ShouldWaitForNmi(token, finding))
        {
            if (_lingering.TryStart(stopping))
            {
                _log.WaitsForNmi(LingeringRequest.LongestWait);
            }
            else
            {
                BackAway(token.RetryAfter);
            }
        }
        else
        {
            _backOff.End();
        }
    }

    /// <summary>
    /// NMI is alive and says nothing; or it has said after a long wait that there is no identity, and then it is best asked again by a request
    /// that waits: it notices a binding within seconds, and costs no request to IMDS.
    /// </summary>
    private static bool ShouldWaitForNmi(TokenExchange token, Finding finding) =>
        finding.Reason is PodIdentityFailureReason.IdentityPending or PodIdentityFailureReason.IdentityNotBound
        && (token.Failure is TransportFailure.TimedOut || token.Waited > TimeSpan.FromSeconds(30));

    private void BackAway(TimeSpan? retryAfter)
    {
        _backOff.Begin(retryAfter);
        _log.BacksOff(_backOff.Remaining);
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
