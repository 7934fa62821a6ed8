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
    private readonly HttpMessageInvoker _probeClient = new(DirectHttp.CreateHandler());
    private readonly DirectTokenRequest _request;
    private readonly NmiDiagnosis _nmi;
    private readonly Expectation _expected;
    private History _history = History.Empty;

    /// <param name="options">What to ask for, and what to expect.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isLast">Whether it is asked once only, so that nothing is learnt from later answers.</param>
    public TokenQuestion(PodIdentityHealthCheckOptions options, TimeProvider time, bool isLast)
    {
        _options = options;
        _time = time;
        _isLast = isLast;
        _expected = IdentitySelection.ExpectationOf(options);

        // There is no cache that a wrong token could get into.
        _tokenClient = new HttpMessageInvoker(new TokenTransport(DirectHttp.CreateHandler(), options.TokenEndpoint, time, static _ => false));
        _request = new DirectTokenRequest(
            _tokenClient, MetadataService.TokenRequest(options.Resource, IdentitySelection.ParameterOf(options)), time);
        _nmi = new NmiDiagnosis(
            new NmiProbes(new PlainRequest(_probeClient, time), options.NmiHealthEndpoint, options.TokenEndpoint ?? MetadataService.Address));
    }

    public async Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping)
    {
        var start = _time.GetTimestamp();
        var seen = await ObserveAsync(stopping).ConfigureAwait(false);
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
        return [new Answer("token", Verdict.Of(seen, finding, severity, _time.GetElapsedTime(start)), seen.Token?.RetryAfter)];
    }

    public void Dispose()
    {
        _tokenClient.Dispose();
        _probeClient.Dispose();
    }

    private async Task<Observation> ObserveAsync(CancellationToken stopping)
    {
        var token = await _request.SendAsync(_options.AttemptTimeout, stopping).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        var now = _time.GetUtcNow();
        var seen = new Observation
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

        // Where NMI itself has answered there is nothing more to be learnt from it.
        return token.Responder is not PodIdentityResponder.Nmi && FailureTable.Read(seen).Reason is not null && !WorkloadIdentity.Concerns(seen)
            ? await _nmi.ExplainAsync(seen, stopping).ConfigureAwait(false)
            : seen;
    }
}
