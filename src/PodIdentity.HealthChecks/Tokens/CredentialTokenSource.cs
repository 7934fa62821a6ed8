using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Asks a credential for a token and tells what happened: it ends at the deadline even when the credential does not, and whatever the
/// credential throws becomes an exchange. Where the application supplies none, the check has one of its own, which goes by what the webhook of
/// workload identity has told the pod.
/// </summary>
/// <param name="options">What to ask for.</param>
/// <param name="supplied">Makes the application's credential; <see langword="null"/>: the check has its own.</param>
/// <param name="pod">What the webhook has told the pod, where the check's own credential goes by that.</param>
/// <param name="client">Sends the requests.</param>
/// <param name="read">Tells what a token means.</param>
/// <param name="time">The clock.</param>
/// <param name="turn">Whose turn it is at MSAL; <see langword="null"/> where a managed identity's credential does not ask the metadata service.</param>
internal sealed class CredentialTokenSource(
    PodIdentityHealthCheckOptions options,
    Func<TokenCredential>? supplied,
    FederatedPod? pod,
    TokenClient client,
    Func<TokenExchange, Finding> read,
    TimeProvider time,
    CredentialTurn? turn)
    : ITokenSource
{
    /// <summary>
    /// The public way to make a credential skip its cache: a challenge that every new token meets, not issued before 2020-09-13. IMDS and NMI
    /// never see it; Entra does, so that it must be well formed.
    /// </summary>
    public const string ForceRoundTrip = """{"access_token":{"nbf":{"essential":true,"value":"1600000000"}}}""";

    /// <summary>How long the check's own request keeps the application's from being sent.</summary>
    private static readonly TimeSpan MaxTurn = TimeSpan.FromSeconds(1);

    private readonly bool _isOwn = supplied is null;
    private readonly bool _goesBeside = supplied is null && turn is not null;
    private readonly DirectTokenSource? _direct = supplied is null || IdentitySelection.ParameterOf(options) is not null
        ? new DirectTokenSource(client, options, isOnlyAttempt: false, time)
        : null;

    private readonly string[] _scopes = [options.Resource + "/.default"];
    private TokenCredential? _credential;
    private Task? _abandoned;
    private bool _isUnsure;

    public bool AsksMetadataService => turn is not null && (_isOwn || _credential is ManagedIdentityCredential);

    public Func<TokenRequestInFlight>? Resend => _direct?.Resend;

    public async Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping)
    {
        if (pod is not null && FederatedTokenFile.Read(pod.TokenFile) is null)
        {
            // The credential would open whatever is there, and wait for as long as that takes.
            return new Asked(FederatedTokenSource.NoToken);
        }

        if (_goesBeside && !turn!.TryTake())
        {
            return await _direct!.AskAsync(timeout, stopping).ConfigureAwait(false);
        }

        if (!_goesBeside && _abandoned is { IsCompleted: false })
        {
            return new Asked(Failed(TransportFailure.StillRunning));
        }

        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);

        // NMI may let a request wait for minutes, and MSAL no other one out meanwhile: the check does not wait for the application's for so long, nor does it hold one up.
        using var turnEnds = new CancellationTokenSource(_goesBeside ? TurnOf(timeout / 10) : Timeout.InfiniteTimeSpan, time);
        using var ofCredential = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, turnEnds.Token);
        var recorder = ExchangeRecorder.Begin(_goesBeside ? () => turnEnds.CancelAfter(TurnOf(timeout / 2)) : null);
        var exchange = await AcquireAsync(recorder, ofCredential.Token).ConfigureAwait(false);
        var sent = recorder.Leave();
        if (stopping.IsCancellationRequested)
        {
            sent?.Abandon();
            stopping.ThrowIfCancellationRequested();
        }

        if (_isOwn && options.BypassTokenCache is false)
        {
            // MSAL may go on by itself, to renew a token that it had in its cache, and would let no other request out meanwhile.
            await ofCredential.CancelAsync().ConfigureAwait(false);
        }

        if (pod is not null && exchange.Token is null)
        {
            // It keeps what it has read of the token file for 5 min, and the kubelet may have renewed that.
            _credential = null;
        }

        if (!_isOwn)
        {
            return OfSupplied(exchange);
        }

        if (exchange.Failure is not TransportFailure.TimedOut)
        {
            return new Asked(exchange, ReferenceEquals(exchange, recorder.Last) ? recorder.Finding : null);
        }

        // Of our own transport we know what went over it.
        var isUnsent = exchange.Endpoint is null;
        sent ??= isUnsent && _goesBeside ? _direct!.Resend() : null;
        return sent is not null ? await DirectTokenSource.AwaitAsync(sent, deadline.Token, stopping).ConfigureAwait(false)
            : new Asked(isUnsent ? exchange with { Failure = TransportFailure.NotSent } : exchange);
    }

    public Observation Complete(Observation seen) =>
        seen.Token is { ToEntra: true, Token: null } or { Failure: TransportFailure.Credential } && (_isOwn || _credential is ManagedIdentityCredential)
            ? seen with { FederatedToken = FederatedTokenFile.Inspect(seen.At) }
            : seen;

    /// <summary>
    /// Nobody sees whether a supplied credential has sent its request: any other request of the process may have kept it back, and in a pod with
    /// little CPU its first one takes long. Where the check can ask by itself, it does; where it cannot, silence counts from the second time in a row on.
    /// </summary>
    private Asked OfSupplied(TokenExchange exchange)
    {
        var isUnsure = exchange.Failure is TransportFailure.TimedOut && (_credential is null || AsksMetadataService);
        (var wasUnsure, _isUnsure) = (_isUnsure, isUnsure);
        return !isUnsure ? new Asked(exchange)
            : _credential is null || (_direct is null && !wasUnsure) ? new Asked(exchange with { Failure = TransportFailure.NotSent })
            : new Asked(exchange with { MayBeUnsent = _direct is not null });
    }

    private async Task<TokenExchange> AcquireAsync(ExchangeRecorder recorder, CancellationToken deadline)
    {
        _abandoned = null;

        // The deadline holds for a credential that blocks its thread, too: in a pod with little CPU any does when it is used for the first time.
        var call = Task.Run(() => GetTokenAsync(deadline), CancellationToken.None);
        try
        {
            var token = await call.WaitAsync(deadline).ConfigureAwait(false);
            return recorder.Last is { Failure: TransportFailure.None } last ? last : Unseen(token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            _abandoned = call.ContinueWith(
                static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return recorder.Last ?? Failed(TransportFailure.TimedOut);
        }
#pragma warning disable CA1031 // A credential is foreign code: what it throws is what it was asked for, its failure.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception is CredentialFactoryException
                ? Failed(TransportFailure.CredentialFactory) with { Text = exception.Message }
                : recorder.LastOfFailure ?? OfPod(CredentialErrors.Read(exception, time.GetUtcNow()));
        }
    }

    /// <summary>MSAL repeats an answer that asked for patience, without a request: where the credential goes by the webhook's variables, it is Entra's.</summary>
    private TokenExchange OfPod(TokenExchange told) =>
        pod is null || told.Status is null ? told : told with { ToEntra = true, Responder = PodIdentityResponder.Entra };

    private static TimeSpan TurnOf(TimeSpan share) => share < MaxTurn ? share : MaxTurn;

    private static TokenExchange Failed(TransportFailure failure) => new() { Endpoint = null, Failure = failure };

    /// <summary>A credential is made when it is first needed, and again only when that failed.</summary>
    private async Task<AccessToken> GetTokenAsync(CancellationToken deadline)
    {
        try
        {
            var credential = _credential ??= supplied is null ? CreateOwn() : supplied();
            var bypass = options.BypassTokenCache ?? credential is ManagedIdentityCredential or WorkloadIdentityCredential;
            return await credential.GetTokenAsync(new TokenRequestContext(_scopes, claims: bypass ? ForceRoundTrip : null), deadline).ConfigureAwait(false);
        }
        finally
        {
            if (_goesBeside)
            {
                turn!.GiveBack();
            }
        }
    }

    /// <summary>The application's kind, with one try and on a transport of ours.</summary>
    private ManagedIdentityCredential CreateOwn()
    {
        var own = new ManagedIdentityCredentialOptions(IdentitySelection.IdOf(options))
        {
            Transport = new HttpClientTransport(DirectHttp.CreateClient(new CredentialTransport(client, read))),
            // Retry.MaxRetries = 0 is ignored for managed identities: the failure would come after 25 s, when nobody listens any more.
            RetryPolicy = new RetryPolicy(maxRetries: 0),
        };
        own.Diagnostics.IsDistributedTracingEnabled = false;
        return new ManagedIdentityCredential(own);
    }

    /// <summary>A token that did not come through our transport: the application's credential, or a cached one where that is allowed.</summary>
    private static TokenExchange Unseen(AccessToken token)
    {
        // The token's own expiry counts: a credential may tell another one, decades away.
        var (identity, expiresOn, issuedAt) = TokenClaims.Read(token.Token ?? string.Empty);
        return new() { Endpoint = null, Token = string.IsNullOrEmpty(token.Token) ? null : new TokenFacts(identity, expiresOn ?? token.ExpiresOn, issuedAt) };
    }
}
