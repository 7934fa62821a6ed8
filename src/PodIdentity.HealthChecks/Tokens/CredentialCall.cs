using Azure.Core;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Asks a credential for a token and tells what happened: it ends at the deadline even when the credential does not, and whatever the
/// credential throws becomes an exchange.
/// </summary>
internal sealed class CredentialCall(Func<TokenCredential> credential, TokenRequestContext context, bool? bypassCache, string endpoint, TimeProvider time)
{
    private Task? _abandoned;

    public async Task<TokenExchange> AcquireAsync(CancellationToken deadline)
    {
        if (_abandoned is { IsCompleted: false })
        {
            return new TokenExchange { Endpoint = endpoint, Failure = TransportFailure.StillRunning };
        }

        _abandoned = null;
        var recorder = ExchangeRecorder.Begin();

        // A credential may block its thread: the deadline holds for that, too.
        var call = Task.Run(() => GetTokenAsync(deadline), CancellationToken.None);
        try
        {
            var token = await call.WaitAsync(deadline).ConfigureAwait(false);
            return recorder.Last ?? FromCache(token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            _abandoned = call.ContinueWith(
                static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return recorder.Last ?? new TokenExchange { Endpoint = endpoint, Failure = TransportFailure.NotSent };
        }
#pragma warning disable CA1031 // A credential is foreign code: what it throws is what it was asked for, its failure.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return recorder.Last ?? CredentialErrors.Read(exception, endpoint, time.GetUtcNow());
        }
    }

    private async Task<AccessToken> GetTokenAsync(CancellationToken deadline)
    {
        var created = credential();
        var bypass = bypassCache ?? created is ManagedIdentityCredential or WorkloadIdentityCredential;
        var request = bypass ? new TokenRequestContext(context.Scopes, claims: ClaimsChallenge.ForceRoundTrip) : context;
        return await created.GetTokenAsync(request, deadline).ConfigureAwait(false);
    }

    /// <summary>No transport of ours was passed: the credential is the application's, or a cached token was allowed.</summary>
    private TokenExchange FromCache(AccessToken token)
    {
        var (identity, _) = TokenClaims.Read(token.Token ?? string.Empty);
        return new TokenExchange
        {
            Endpoint = endpoint,
            Token = string.IsNullOrEmpty(token.Token) ? null : new TokenFacts(identity, token.ExpiresOn),
        };
    }
}
