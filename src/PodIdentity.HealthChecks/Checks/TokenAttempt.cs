using Azure.Core;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Nmi;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>
/// The one place that decides what may be sent next and what the verdict is. It asks for a token, checks which identity it belongs to and, on
/// failure, finds the cause. While a token request would do harm (NMI or IMDS are at their limit, or an earlier request is still pending) it
/// looks at NMI, and what was answered last stands.
/// </summary>
internal sealed class TokenAttempt : IAttempt
{
    private static readonly TimeSpan MaxThrottledBackOff = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan MaxSilentBackOff = TimeSpan.FromSeconds(30);

    private readonly PodIdentityHealthCheckOptions _options;
    private readonly TimeProvider _time;
    private readonly CheckLog? _log;
    private readonly TokenClient _tokenClient;
    private readonly HttpMessageInvoker _probeClient;
    private readonly NmiLooks _nmi;
    private readonly ITokenSource _source;
    private readonly TokenRequestPace _pace;
    private readonly Expectation _expected;
    private readonly IReadOnlyList<string> _missing;
    private readonly MetadataProxy? _proxy;

    /// <summary>Where to ask NMI for its health; nowhere if somebody else must answer, as HOST_IP may be left over.</summary>
    private readonly Uri? _nmiHealth;
    private History _history = History.Empty;
    private PendingTokenRequest? _pending;

    /// <summary>What a request came to, and what NMI was found to be then: it stands until another one says more.</summary>
    private Observation? _standing;

    /// <summary>How long NMI took for the last token, where that came too late.</summary>
    private TimeSpan? _lateToken;

    /// <summary>
    /// Whether NMI was there when a supplied credential was silent, may not have sent its request, and the check could not ask by itself;
    /// <see langword="null"/> where nothing of that is remembered.
    /// </summary>
    private bool? _wasUnsureAtNmi;

    /// <summary>Once true, it stays so: an NMI that is gone is missed.</summary>
    private bool _hasNmi;

    /// <summary>Asks a source, made of the client to send with and of what reads an answer. The network is disposed with the attempt.</summary>
    public TokenAttempt(
        PodIdentityHealthCheckOptions options,
        Func<TokenClient, Func<TokenExchange, Finding>, ITokenSource> createSource,
        TimeProvider time,
        Func<HttpMessageHandler>? network = null,
        CheckLog? log = null)
    {
        network ??= DirectHttp.CreateHandler;
        _options = options;
        _time = time;
        _log = log;
        _expected = IdentitySelection.ExpectationOf(options);
        _proxy = MetadataService.ProxyOf(options);
        _missing = FederatedPod.FindMissing(options, Environment.GetEnvironmentVariable);
        _nmiHealth = _expected.AllowsNmi ? options.NmiHealthEndpoint : null;
        _hasNmi = _nmiHealth is not null || _expected.Responder is PodIdentityResponder.Nmi;
        _pace = new TokenRequestPace(time);
        _tokenClient = new TokenClient(network(), options.TokenEndpoint, time);
        _probeClient = new HttpMessageInvoker(network());
        _nmi = new NmiLooks(new HttpProbe(_probeClient, time), _nmiHealth, options.TokenEndpoint ?? MetadataService.Address);
        _source = createSource(_tokenClient, exchange => FailureTable.Read(Observe(exchange)));
        Patience = options.AttemptTimeout;
    }

    /// <summary>Whether a later attempt may learn from this one: a request may be left pending, and is spared where it would do harm.</summary>
    public bool HasMemory { get; init; } = true;

    public TimeSpan Patience { get; init; }

    /// <summary>How long no token is asked for after one that was in order. A gate in front of this does the same.</summary>
    public TimeSpan ResultLifetime { get; init; }

    /// <summary>The same after a failure that is nothing to back off from.</summary>
    public TimeSpan FailureLifetime { get; init; }

    /// <summary>Whether the application's requests go the check's way, to a simulator in the process.</summary>
    public bool IsDetoured { get; init; }

    /// <summary>Is told of each request that is left pending.</summary>
    public Action<Task>? OnPending { get; init; }

    /// <summary>What NMI has refused, or not answered for longer than it takes for anything: it stands while NMI is asked again and says nothing.</summary>
    private TokenExchange? StandingOfNmi => _standing?.Token is { Token: null } known && IsOfNmi(known) ? known : null;

    /// <summary>Asks the application's credential; or, where that is <see langword="null"/>, as the check does by itself in such a pod.</summary>
    public static TokenAttempt Of(
        PodIdentityHealthCheckOptions options,
        Func<TokenCredential>? supplied,
        TimeProvider time,
        CheckLog log,
        CredentialTurn turn,
        Func<HttpMessageHandler>? network = null,
        Detour? detour = null)
    {
        // With the webhook's variables the credential goes to Microsoft Entra ID, whoever is required to answer.
        var goesToEntra = FederatedPod.LeadsCredential(options, Environment.GetEnvironmentVariable);
        var pod = supplied is null ? FederatedPod.Read(options, Environment.GetEnvironmentVariable) : null;
        network ??= pod is null ? DirectHttp.CreateHandler : pod.CreateHandler;
        var way = detour is null ? network : () => detour.Lead(network());

        // A credential asks an identity binding's proxy over a connection of its own making, which nobody can bound: the check does so itself.
        // A wrong variable would be an exception of a credential, which does not name it.
        Func<TokenClient, Func<TokenExchange, Finding>, ITokenSource> source =
            supplied is not null ? (client, _) => new SuppliedCredentialSource(options, supplied, client, goesToEntra, time)
            : pod?.HasBinding == true || pod?.FindProblem() is not null ? (client, _) => new FederatedTokenSource(client, options, pod, time)
            : (client, read) => new OwnCredentialSource(options, pod, client, read, time, goesToEntra ? null : turn);
        return new(options, source, time, way, log) { IsDetoured = detour is not null };
    }

    public async Task<Verdict> RunAsync(CancellationToken stopping)
    {
        var start = _time.GetTimestamp();
        TakeAnswer();
        var isPaced = _standing is not null && !HasRunOut && (_pending is not null || _pace.Remaining > TimeSpan.Zero);
        var (seen, finding, isFresh) = isPaced ? await LookAsync(start, stopping).ConfigureAwait(false) : await AskAsync(Patience, stopping).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        var status = _history.StatusOf(finding, seen.At, _options.FailureGracePeriod, _time);
        if (isFresh || !finding.HasToken)
        {
            _history = _history.After(seen, finding, _time);
        }

        return Verdict.Of(seen, finding, status, _time.GetElapsedTime(start), isFresh, _history.Token?.ExpiresOn);
    }

    /// <summary>Lets no earlier token of NMI's count, not even as an excuse: somebody else has seen that NMI was not there.</summary>
    public void ForgetToken()
    {
        if (!_source.AsksMetadataService)
        {
            return;
        }

        TakeAnswer();
        _history = _history with { Token = null, Identities = _history.Identities.Interrupt(_time.GetTimestamp()) };
        _lateToken = null;
        if (_standing is { Token.Token: not null })
        {
            _standing = null;
        }
    }

    public void Dispose()
    {
        _pending?.Cancel();
        _tokenClient.Dispose();
        _probeClient.Dispose();
    }

    /// <summary>
    /// A late token is never the verdict, since nobody knows whether it would come now: it is asked for again. A late refusal stands until it is
    /// contradicted, and so does the silence of a request that ran out; both only where NMI was asked, and it is NMI that is asked again.
    /// </summary>
    private void TakeAnswer()
    {
        while (_pending is { Answer: { IsCompletedSuccessfully: true } answer } pending)
        {
            if (!Take(answer.Result, pending) || !pending.TryContinue())
            {
                pending.Cancel();
                _pending = null;
            }
        }
    }

    /// <returns>Whether another request may still get the token.</returns>
    private bool Take(TokenExchange late, PendingTokenRequest pending)
    {
        // It is NMI that is alive and was asked: whatever the answer looks like, it came through NMI.
        late = IsOfStranger(late) ? late with { Responder = PodIdentityResponder.Nmi } : late;
        if (late.Token is not null)
        {
            _lateToken = pending.Took < PendingTokenRequest.ResendAfter ? pending.Took : null;
            if (_lateToken is not null && _standing?.Token is { Endpoint: null })
            {
                // NMI is well, and a supplied credential that is not must not double its load.
                BackOff(MaxSilentBackOff, retryAfter: null, pending.AnsweredAt);
                return false;
            }

            _standing = null;
        }

        _pace.Clear();
        if (late.Token is not null || !IsOfNmi(late))
        {
            return false;
        }

        _lateToken = null;
        _standing = Observe(late);
        if (late.ServiceStatus is 429)
        {
            _pace.Wait(PendingTokenRequest.ResendAfter, pending.LastSentAt);
            BackOff(MaxThrottledBackOff, late.RetryAfter, pending.AnsweredAt);
            return false;
        }

        return late.Failure is TransportFailure.None;
    }

    private async Task<(Observation Seen, Finding Finding, bool IsFresh)> AskAsync(TimeSpan timeout, CancellationToken stopping)
    {
        var sentAt = _time.GetTimestamp();
        var patience = Min(timeout, PendingTokenRequest.ResendAfter);
        var asked = await _source.AskAsync(patience, stopping).ConfigureAwait(false);
        if (asked.Exchange.MayBeNoise && patience - _time.GetElapsedTime(sentAt) is { Ticks: > 0 } left)
        {
            var again = await _source.AskAsync(left, stopping).ConfigureAwait(false);
            if (again.Exchange is { Token: not null } or { EntraError: not null } or { Status: 429 })
            {
                asked = again with { Exchange = again.Exchange with { Tries = 2 } };
            }

            // Neither silence nor somebody else's page takes anything back, and nobody waits for it.
            again.InFlight?.Abandon();
        }

        stopping.ThrowIfCancellationRequested();
        var token = asked.Exchange;
        if (IsUnasked(token) && _standing is { } before && !FailureTable.Read(before).HasToken)
        {
            // Nothing was asked, so nothing contradicts what is known.
            return await LookAsync(sentAt, stopping).ConfigureAwait(false);
        }

        var isUnsure = token.MayBeUnsent && _source.Resend is null;
        var mayBePending = asked.InFlight is not null || (token.MayBeUnsent && !isUnsure);
        var pending = mayBePending && timeout > PendingTokenRequest.ResendAfter ? Begin() : null;
        if (pending is not null)
        {
            var answer = await pending.WaitAsync(timeout - PendingTokenRequest.ResendAfter, token, stopping).ConfigureAwait(false);

            // A token that the check got by itself takes back what NMI said before, and tells how long NMI takes; it says nothing of a supplied credential.
            var isOfCheck = answer.Token is not null && token.Endpoint is null;
            (token, _lateToken, _standing) = isOfCheck ? (token, pending.Took, null) : (answer, _lateToken, _standing);
        }

        var seen = Observe(token);
        var finding = ReferenceEquals(token, asked.Exchange) ? asked.Finding : null;
        finding ??= token.Token is null ? null : FailureTable.Read(seen);
        if (finding?.HasToken != true && NmiMayExplain(seen, token))
        {
            var isUnanswered = token.Failure is not (TransportFailure.None or TransportFailure.TooLarge);
            var isOfStranger = IsOfStranger(token);
            var isInPlaceOfNmi = _nmiHealth is not null && token is { ServiceStatus: 429, Endpoint: not null };
            seen = seen.With(await _nmi.ExplainAsync(isUnanswered || isOfStranger || isInPlaceOfNmi, stopping).ConfigureAwait(false));
            seen = isOfStranger && seen.Fingerprint?.IsNmi() == true ? seen with { Token = token with { Responder = PodIdentityResponder.Nmi } } : seen;
            finding = null;
        }

        var isAtNmi = seen.Fingerprint?.IsNmi() == true;

        // How long somebody else was silent says nothing of NMI.
        seen = !isAtNmi && seen.Token is { Waited: not null } silent ? seen with { Token = silent with { Waited = null } } : seen;
        (var wasUnsureAtNmi, _wasUnsureAtNmi) = (_wasUnsureAtNmi, isUnsure ? isAtNmi || (_wasUnsureAtNmi is true && IsNmiBusy(seen)) : null);
        if (isUnsure)
        {
            // Such silence counts where the metadata address is silent to the check, too, or from the second time in a row on; NMI's, where it was there, or busy, since.
            var counts = isAtNmi ? wasUnsureAtNmi is true : wasUnsureAtNmi is not null || seen.Fingerprint?.IsSilent() == true;
            seen = seen with { Token = seen.Token! with { MayBeUnsent = false, Failure = counts ? token.Failure : TransportFailure.NotSent } };
            if (!counts && _standing is { } known && FailureTable.Read(known) is { HasToken: false, IsNmiTrouble: false })
            {
                seen = ObserveStanding() with { Health = seen.Health, Fingerprint = seen.Fingerprint, IsStanding = isAtNmi };
                return (seen, FailureTable.Read(seen), false);
            }
        }

        if (HasMemory && IsNmiSilent(seen))
        {
            pending ??= mayBePending ? Begin() : null;
            pending?.LookedForNmi(isAtNmi);
        }
        else
        {
            asked.InFlight?.Abandon();
            pending?.Cancel();
            pending = null;
        }

        return Stand(seen, finding, sentAt, pending);

        PendingTokenRequest Begin()
        {
            // What NMI has refused is asked about again when it is due. Anything else is asked now, since nobody knows whether the credential did.
            var inFlight = asked.InFlight ?? (StandingOfNmi is null ? _source.Resend!() : null);
            return new PendingTokenRequest(inFlight, inFlight?.SentAt ?? sentAt, _source.Resend!, _time);
        }
    }

    /// <summary>Decides what stands from now on, and what may be sent next.</summary>
    /// <param name="seen">What was seen.</param>
    /// <param name="read">What that means, where it has been read already.</param>
    /// <param name="sentAt">When the token was asked for.</param>
    /// <param name="pending">The request that goes on.</param>
    private (Observation Seen, Finding Finding, bool IsFresh) Stand(Observation seen, Finding? read, long sentAt, PendingTokenRequest? pending)
    {
        var token = seen.Token!;
        var isNmiSilent = IsNmiSilent(seen);
        _hasNmi |= _expected.AllowsNmi && (isNmiSilent || token.Responder is PodIdentityResponder.Nmi);
        _lateToken = isNmiSilent ? _lateToken : null;
        if (isNmiSilent && HasMemory)
        {
            _pending = pending;
            if (pending is null)
            {
                _pace.Wait(PendingTokenRequest.ResendAfter, sentAt);
            }
            else
            {
                OnPending?.Invoke(pending.Answer);
                if (_lateToken is null && !pending.Answer.IsCompleted)
                {
                    _log?.WaitsForNmi(PendingTokenRequest.MaxWait);
                }
            }

            if (StandingOfNmi is { } known)
            {
                seen = seen with { Token = known, IsStanding = true };
                return (seen, FailureTable.Read(seen), true);
            }
        }

        _standing = HasMemory ? seen : null;
        var finding = read ?? FailureTable.Read(seen);
        if (!isNmiSilent)
        {
            Pace(seen, finding);
        }

        return (seen, finding, true);
    }

    private void Pace(Observation seen, Finding finding)
    {
        var token = seen.Token!;
        if (token.ServiceStatus is 429)
        {
            BackOff(MaxThrottledBackOff, token.RetryAfter, _time.GetTimestamp());
        }
        else if (token.Failure is TransportFailure.TimedOut
            && (finding.Reason is not PodIdentityFailureReason.NmiUnreachable || seen.Fingerprint is { Failure: TransportFailure.TimedOut or TransportFailure.None }))
        {
            BackOff(MaxSilentBackOff, retryAfter: null, _time.GetTimestamp());
        }
        else
        {
            _pace.Clear();
            _pace.Wait(Jitter.Lengthen(finding.HasToken ? ResultLifetime : FailureLifetime), _time.GetTimestamp());
        }
    }

    private async Task<(Observation Seen, Finding Finding, bool IsFresh)> LookAsync(long start, CancellationToken stopping)
    {
        var seen = ObserveStanding();
        if (!IsNmiSilent(_standing!) && !IsOfNmi(_standing!.Token!))
        {
            // Whoever answered was not NMI: to ask for its fingerprint each time would only add to the load of IMDS.
            seen = seen with { Health = _standing.Health, Fingerprint = _standing.Fingerprint };
            if (!await IsBackAsync(seen.Health, stopping).ConfigureAwait(false))
            {
                seen = seen with { Health = _standing.Health };
                return (seen, FailureTable.Read(seen), false);
            }

            // What was said in NMI's place no longer counts, and NMI has not asked anybody to wait.
            _standing = null;
            _pace.Clear();
            var left = Patience - _time.GetElapsedTime(start);
            return left >= Min(NmiLooks.Timeout, Patience / 2) ? await AskAsync(left, stopping).ConfigureAwait(false) : (seen, FailureTable.Read(seen), false);
        }

        seen = seen with { IsStanding = true };
        var forHealth = Patience - _time.GetElapsedTime(start);
        seen = seen.With(forHealth < NmiLooks.Timeout
            ? await _nmi.ExplainAsync(asksFingerprint: true, stopping).ConfigureAwait(false)
            : await _nmi.LookAsync(forHealth, static health => health?.SaysNotActive() != true, stopping).ConfigureAwait(false));
        _pending?.LookedForNmi(seen.Fingerprint?.IsNmi() == true);

        var finding = FailureTable.Read(seen);
        if (finding.IsNmiTrouble && (_standing!.Token!.Token is not null || !IsNmiBusy(seen)))
        {
            // What the NMI that was asked would have said is not worth waiting for, and a token from before counts no more.
            _pending?.Cancel();
            (_pending, _standing, _lateToken, _wasUnsureAtNmi) = (null, null, null, null);
            _pace.Clear();
        }

        return (seen, finding, false);
    }

    /// <summary>
    /// Whether an NMI that was gone when somebody else answered, or nobody, serves again. One that is stopping still says that it is active: only the
    /// fingerprint tells it from one that has been started since.
    /// </summary>
    private async Task<bool> IsBackAsync(PlainAnswer? health, CancellationToken stopping)
    {
        var wasSilent = _hasNmi && _standing is { Token.ServiceStatus: not 429, Fingerprint: { } none } && none.IsSilent();
        var isBypassed = _standing is { Token.ServiceStatus: 429, Fingerprint: { } other } && !other.IsNmi();
        if (!wasSilent && (health is null || (health.SaysActive() && !isBypassed)))
        {
            return false;
        }

        var look = wasSilent || Patience < NmiLooks.Timeout ? await _nmi.ExplainAsync(wasSilent || (isBypassed && health?.SaysActive() == true), stopping).ConfigureAwait(false)
            : await _nmi.LookAsync(NmiLooks.Timeout, now => isBypassed && now?.SaysActive() == true, stopping).ConfigureAwait(false);
        if (look.Health is { Failure: not TransportFailure.TimedOut })
        {
            _standing = _standing! with { Health = look.Health };
        }

        if (look.Fingerprint?.IsSilent() == true && !IsNmiBusy(_standing!.With(look)))
        {
            _wasUnsureAtNmi = null;
        }

        return wasSilent ? look.Fingerprint?.IsSilent() == false
            : look.Health?.SaysActive() == true && (!isBypassed || look.Fingerprint?.IsNmi() == true);
    }

    /// <summary>Where NMI itself has answered, or the failure is the credential's own, there is nothing to be learnt from NMI.</summary>
    private bool NmiMayExplain(Observation seen, TokenExchange token) =>
        _source.AsksMetadataService
        && !seen.IsNotInjected
        && token is
        {
            ToEntra: false,
            Responder: not PodIdentityResponder.Nmi,
            Failure: not (TransportFailure.Credential or TransportFailure.CredentialFactory or TransportFailure.StillRunning),
        };

    /// <summary>Whether the credential was not asked, and what is known says more than that.</summary>
    private bool IsUnasked(TokenExchange token) =>
        token.Failure is TransportFailure.NotSent
        || (token.Failure is TransportFailure.StillRunning
            && (_source.AsksMetadataService || _standing?.Token?.Failure is not (TransportFailure.TimedOut or TransportFailure.StillRunning)));

    /// <summary>Whether an NMI that is there is too slow to be recognised: it still works on what it was asked. A metadata address that is dropped looks the same.</summary>
    private static bool IsNmiBusy(Observation seen) =>
        seen.Fingerprint is { Failure: TransportFailure.TimedOut }
        && (seen.Health is null or { Failure: TransportFailure.TimedOut } || seen.Health.SaysActive());

    /// <summary>Whether NMI has the request and says nothing. One that has refused before, and is too busy to be recognised now, has it, too.</summary>
    private bool IsNmiSilent(Observation seen) =>
        seen.Token is { Failure: TransportFailure.TimedOut }
        && (seen.Fingerprint?.IsNmi() == true || (StandingOfNmi is { Failure: TransportFailure.None } && IsNmiBusy(seen)));

    /// <summary>Whether the token that stands is no longer valid for long enough: another one may be.</summary>
    private bool HasRunOut => _standing is { Token.Token: not null } && _history.Token?.ExcusesUntil <= _time.GetUtcNow();

    /// <summary>Whether it is a refusal of somebody who does not say who it is.</summary>
    private static bool IsOfStranger(TokenExchange token) =>
        token is { Failure: TransportFailure.None, Endpoint: not null, Responder: PodIdentityResponder.Unknown, Token: null };

    /// <summary>Whether NMI has answered, or has been silent for longer than it is while it will answer.</summary>
    private static bool IsOfNmi(TokenExchange token) =>
        token.Responder is PodIdentityResponder.Nmi || (token.Failure is TransportFailure.TimedOut && token.Waited >= PendingTokenRequest.MaxWait);

    private void BackOff(TimeSpan max, TimeSpan? retryAfter, long from)
    {
        _pace.BackOff(max, retryAfter, from);
        if (_pace.Remaining > TimeSpan.Zero)
        {
            _log?.BacksOff(_pace.Remaining);
        }
    }

    /// <summary>What stands now that nothing new was answered.</summary>
    private Observation ObserveStanding()
    {
        var token = _standing!.Token!;
        if (_pending is { } pending && token.Failure is TransportFailure.TimedOut && !IsOfNmi(token))
        {
            token = token with { Waited = pending.Waited };
        }

        return Observe(token) with { Identities = _history.Identities, Refusals = _history.Refusals, FederatedToken = _standing.FederatedToken };
    }

    private Observation Observe(TokenExchange token) => _source.Complete(new Observation
    {
        Token = token,
        Identities = token.Token is { } facts ? _history.Identities.After(facts.Identity, token.Responder, _time) : _history.Identities,
        Expected = _expected,
        Refusals = _history.Refusals.After(token, _time),
        HasNmi = _hasNmi,
        LateToken = _lateToken,
        MissingVariables = _missing,
        EgressProxy = token is { ToEntra: true, Endpoint: { } endpoint, Failure: not TransportFailure.None } && EgressProxy.OfApplication(new Uri(endpoint)) is { } egress
            ? SafeText.Address(egress)
            : null,
        MetadataProxy = _source.AsksMetadataService && !IsDetoured ? _proxy : null,
        Resource = _options.Resource,
        Selector = IdentitySelection.Describe(_options),
        At = _time.GetUtcNow(),
        MinimumTokenLifetime = _options.MinimumTokenLifetime,
    });

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
