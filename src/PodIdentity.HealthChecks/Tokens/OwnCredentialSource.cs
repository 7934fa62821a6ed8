using Azure.Core.Pipeline;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Asks a credential of the check's own, over a transport of the check's own. It asks the metadata service or, where the webhook of workload
/// identity has told the pod so, Microsoft Entra ID.
/// </summary>
/// <param name="options">What to ask for.</param>
/// <param name="pod">What the webhook has told the pod, where the credential goes by that.</param>
/// <param name="client">Sends the requests.</param>
/// <param name="read">Tells what a token means.</param>
/// <param name="time">The clock.</param>
/// <param name="turn">Whose turn it is at MSAL; <see langword="null"/> where the credential does not ask the metadata service.</param>
internal sealed class OwnCredentialSource(
    PodIdentityHealthCheckOptions options, FederatedPod? pod, TokenClient client, Func<TokenExchange, Finding> read, TimeProvider time, CredentialTurn? turn)
    : ITokenSource
{
    /// <summary>How long the check's own request keeps the application's from being sent.</summary>
    private static readonly TimeSpan MaxTurn = TimeSpan.FromSeconds(1);

    private readonly DirectTokenSource _direct = new(client, options, isOnlyAttempt: false, time);
    private readonly CredentialCall _call = new(options, () => Create(options, client, read), goesToEntra: turn is null, time);

    public bool AsksMetadataService => turn is not null;

    public Func<TokenRequestInFlight> Resend => _direct.Resend;

    public Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping) =>
        turn is null ? AskEntraAsync(timeout, stopping)
        : turn.TryTake() ? AskMetadataServiceAsync(turn.GiveBack, timeout, stopping)
        : _direct.AskAsync(timeout, stopping);

    public Observation Complete(Observation seen) => CredentialCall.Complete(seen);

    /// <summary>The application's kind, with one try.</summary>
    private static ManagedIdentityCredential Create(PodIdentityHealthCheckOptions options, TokenClient client, Func<TokenExchange, Finding> read)
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

    private async Task<Asked> AskEntraAsync(TimeSpan timeout, CancellationToken stopping)
    {
        if (pod is not null && FederatedTokenFile.Read(pod.TokenFile) is null)
        {
            // The credential would open whatever is there, and wait for as long as that takes.
            return new Asked(FederatedTokenSource.NoToken);
        }

        if (_call.IsRunning)
        {
            return new Asked(CredentialCall.StillRunning);
        }

        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        var recorder = ExchangeRecorder.Begin();
        var exchange = await RunAsync(recorder, onEnd: null, deadline).ConfigureAwait(false);
        recorder.Leave();
        stopping.ThrowIfCancellationRequested();
        if (pod is not null && exchange.Token is null)
        {
            // It keeps what it has read of the token file for 5 min, and the kubelet may have renewed that.
            _call.Forget();
        }

        return exchange switch
        {
            { Failure: TransportFailure.TimedOut, Endpoint: null } => new Asked(exchange with { Failure = TransportFailure.NotSent }),
            _ => Read(exchange, recorder),
        };
    }

    /// <summary>
    /// NMI may let a request wait for minutes, and MSAL no other one out meanwhile: the check does not wait for the application's for so long, nor does
    /// it hold one up.
    /// </summary>
    private async Task<Asked> AskMetadataServiceAsync(Action giveBack, TimeSpan timeout, CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        using var turnEnds = new CancellationTokenSource(Min(timeout / 10, MaxTurn), time);
        using var ofCredential = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, turnEnds.Token);
        var recorder = ExchangeRecorder.Begin(() => turnEnds.CancelAfter(Min(timeout / 2, MaxTurn)));
        var exchange = await RunAsync(recorder, giveBack, ofCredential).ConfigureAwait(false);
        var sent = recorder.Leave();
        if (stopping.IsCancellationRequested)
        {
            sent?.Abandon();
            stopping.ThrowIfCancellationRequested();
        }

        return exchange.Failure is TransportFailure.TimedOut
            ? await DirectTokenSource.AwaitAsync(sent ?? Resend(), deadline.Token, stopping).ConfigureAwait(false)
            : Read(exchange, recorder);
    }

    private async Task<TokenExchange> RunAsync(ExchangeRecorder recorder, Action? onEnd, CancellationTokenSource deadline)
    {
        var exchange = await _call.RunAsync(recorder, onEnd, deadline.Token).ConfigureAwait(false);
        if (options.BypassTokenCache is false)
        {
            // MSAL may go on by itself, to renew a token that it had in its cache, and would let no other request out meanwhile.
            await deadline.CancelAsync().ConfigureAwait(false);
        }

        return exchange;
    }

    private static Asked Read(TokenExchange exchange, ExchangeRecorder recorder) =>
        new(exchange, ReferenceEquals(exchange, recorder.Last) ? recorder.Finding : null);

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
