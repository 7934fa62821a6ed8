using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Nmi;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>
/// Does this pod get a token, and for whom? It asks the metadata address itself, without credential and cache, and reads the answer as the
/// library's check does.
/// </summary>
internal sealed class TokenQuestion : IQuestion, IDisposable
{
    private readonly PodIdentityHealthCheckOptions _options;
    private readonly TimeProvider _time;
    private readonly bool _isLast;
    private readonly HttpMessageInvoker _tokenClient;
    private readonly HttpMessageInvoker _probeClient;
    private readonly Uri _address;
    private readonly DirectTokenRequest _request;
    private readonly NmiDiagnosis _nmi;
    private readonly Expectation _expected;
    private History _history = History.Empty;

    /// <param name="options">What to ask for, and what to expect.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isLast">Whether it is asked once only, so that nothing is learnt from later answers.</param>
    public TokenQuestion(PodIdentityHealthCheckOptions options, TimeProvider time, bool isLast)
        : this(options, time, isLast, DirectHttp.CreateHandler)
    {
    }

    /// <param name="options">What to ask for, and what to expect.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isLast">Whether it is asked once only, so that nothing is learnt from later answers.</param>
    /// <param name="network">What requests are sent over; disposed with the question.</param>
    internal TokenQuestion(PodIdentityHealthCheckOptions options, TimeProvider time, bool isLast, Func<HttpMessageHandler> network)
    {
        _options = options;
        _time = time;
        _isLast = isLast;
        _expected = IdentitySelection.ExpectationOf(options);

        // There is no cache that a wrong token could get into.
        _tokenClient = new HttpMessageInvoker(new TokenTransport(network(), options.TokenEndpoint, time, static _ => false));
        _probeClient = new HttpMessageInvoker(network());
        _address = MetadataService.TokenRequest(options.Resource, IdentitySelection.ParameterOf(options));
        _request = new DirectTokenRequest(_tokenClient, _address, time);
        _nmi = new NmiDiagnosis(
            new NmiProbes(new PlainRequest(_probeClient, time), options.NmiHealthEndpoint, options.TokenEndpoint ?? MetadataService.Address));
    }

    public async Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping)
    {
        var start = _time.GetTimestamp();
        var token = await _request.SendAsync(_options.AttemptTimeout, stopping).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        return [Judge(await ExplainAsync(token, stopping).ConfigureAwait(false), start)];
    }

    /// <summary>The same request, for who does not wait for its answer all the time.</summary>
    public LingeringRequest Lingering() => new(_tokenClient, _address, _time, _options.AttemptTimeout);

    /// <summary>What a request that has no answer yet looks like.</summary>
    public TokenExchange Unanswered(TimeSpan waited) =>
        new() { Endpoint = (_options.TokenEndpoint ?? _address).GetLeftPart(UriPartial.Path), Failure = TransportFailure.TimedOut, Waited = waited };

    /// <summary>What an answer, or none, means, and where that is not clear what NMI says about it.</summary>
    public async Task<Observation> ExplainAsync(TokenExchange token, CancellationToken stopping)
    {
        var seen = Observe(token);

        // Where NMI itself has answered there is nothing more to be learnt from it.
        return token.Responder is not PodIdentityResponder.Nmi && FailureTable.Read(seen).Reason is not null && !WorkloadIdentity.Concerns(seen)
            ? await _nmi.ExplainAsync(seen, stopping).ConfigureAwait(false)
            : seen;
    }

    /// <summary>How NMI is, while no token is asked for.</summary>
    /// <param name="standing">What was seen when one was.</param>
    /// <param name="token">What that came to, by now.</param>
    /// <param name="stopping">Ends it.</param>
    public Task<Observation> LookAsync(Observation standing, TokenExchange token, CancellationToken stopping)
    {
        var seen = Observe(token) with { IsQuiet = true };

        // Whoever answered was not NMI: its fingerprint would only add to the load of IMDS.
        var isBehindNmi = token.Responder is PodIdentityResponder.Nmi || standing.Fingerprint?.IsNmi() == true;
        return isBehindNmi ? _nmi.ExplainAsync(seen, stopping) : Task.FromResult(seen);
    }

    public Answer Judge(Observation seen, long start)
    {
        var finding = WorkloadIdentity.Read(seen) ?? FailureTable.Read(seen);
        if (_isLast && finding.Reason is PodIdentityFailureReason.IdentityPending && seen.Token?.Failure is TransportFailure.TimedOut)
        {
            finding = finding with
            {
                Hint = finding.Hint + ". It is the binding or IMDS: one attempt cannot tell which. `podidentity-probe watch token` as a sidecar, "
                    + "or the check in the application, waits for what NMI says",
            };
        }

        var severity = WorkloadIdentity.IsUnverified(seen, finding)
            ? Severity.Degraded
            : Judgement.Of(finding, _history, seen.At, _options.FailureGracePeriod);
        _history = _history.After(seen, finding);
        return new Answer("token", Verdict.Of(seen, finding, severity, _time.GetElapsedTime(start)), seen.Token?.RetryAfter);
    }

    public void Dispose()
    {
        _tokenClient.Dispose();
        _probeClient.Dispose();
    }

    private Observation Observe(TokenExchange token)
    {
        var now = _time.GetUtcNow();
        return new Observation
        {
            Token = token,
            PreviousIdentity = _history.Identity,
            Expected = _expected,
            FederatedToken = FederatedTokenFile.Inspect(now),
            Resource = _options.Resource,
            Selector = IdentitySelection.Describe(_options),
            At = now,
            MinimumTokenLifetime = _options.MinimumTokenLifetime,
        };
    }
}
