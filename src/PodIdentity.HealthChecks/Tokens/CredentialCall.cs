using Azure.Core;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Asks a credential for a token and tells what happened: it ends at the deadline even when the credential does not, and whatever the
/// credential throws becomes an exchange.
/// </summary>
/// <param name="create">Makes the credential.</param>
/// <param name="isForeign">Whether it is the application's, of which nothing is known: it may block its thread.</param>
/// <param name="context">What to ask it for.</param>
/// <param name="bypassCache">Whether to make it skip its cache; <see langword="null"/>: where that is known to work.</param>
/// <param name="time">The clock.</param>
internal sealed class CredentialCall(
    Func<TokenCredential> create, bool isForeign, TokenRequestContext context, bool? bypassCache, TimeProvider time)
{
    private TokenCredential? _credential;
    private Task? _abandoned;

    /// <summary>Whether the credential is one that asks the metadata service, as far as that is known.</summary>
    public bool AsksMetadataService => _credential is ManagedIdentityCredential;

    public async Task<TokenExchange> AcquireAsync(CancellationToken deadline)
    {
        if (_abandoned is { IsCompleted: false })
        {
            return Failed(TransportFailure.StillRunning);
        }

        _abandoned = null;
        var recorder = ExchangeRecorder.Begin();

        // The deadline holds for a credential that blocks its thread, too.
        var call = isForeign ? Task.Run(() => GetTokenAsync(deadline), CancellationToken.None) : GetTokenAsync(deadline);
        try
        {
            var token = await call.WaitAsync(deadline).ConfigureAwait(false);
            return recorder.Last ?? Unseen(token);
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
            return _credential is null
                ? Failed(TransportFailure.CredentialFactory) with { Text = exception.GetType().Name }
                : recorder.LastOfFailure ?? CredentialErrors.Read(exception, time.GetUtcNow());
        }
    }

    private static TokenExchange Failed(TransportFailure failure) => new() { Endpoint = null, Failure = failure };

    /// <summary>A credential is made when it is first needed, and again only when that failed.</summary>
    private async Task<AccessToken> GetTokenAsync(CancellationToken deadline)
    {
        _credential ??= create() ?? throw new InvalidOperationException("The credential factory returned null.");
        var bypass = bypassCache ?? _credential is ManagedIdentityCredential or WorkloadIdentityCredential;
        var request = bypass ? new TokenRequestContext(context.Scopes, claims: ClaimsChallenge.ForceRoundTrip) : context;
        return await _credential.GetTokenAsync(request, deadline).ConfigureAwait(false);
    }

    /// <summary>A token that did not come through our transport: the application's credential, or a cached one where that is allowed.</summary>
    private static TokenExchange Unseen(AccessToken token) => new()
    {
        Endpoint = null,
        Token = string.IsNullOrEmpty(token.Token) ? null : new TokenFacts(TokenClaims.Read(token.Token).Identity, token.ExpiresOn),
    };
}
