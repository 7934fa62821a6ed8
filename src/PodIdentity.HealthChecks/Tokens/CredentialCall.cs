using Azure.Core;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Asks a credential for a token and tells what happened: it ends at the deadline even when the credential does not, and whatever the credential
/// throws becomes an exchange.
/// </summary>
/// <param name="options">What to ask for.</param>
/// <param name="create">Makes the credential.</param>
/// <param name="goesToEntra">Whether a managed identity's credential exchanges the pod's federated token.</param>
/// <param name="time">The clock.</param>
internal sealed class CredentialCall(PodIdentityHealthCheckOptions options, Func<TokenCredential> create, bool goesToEntra, TimeProvider time)
{
    /// <summary>
    /// The public way to make a credential skip its cache: a challenge that every new token meets, not issued before 2020-09-13. IMDS and NMI
    /// never see it; Entra does, so that it must be well formed.
    /// </summary>
    public const string ForceRoundTrip = """{"access_token":{"nbf":{"essential":true,"value":"1600000000"}}}""";

    public static TokenExchange StillRunning { get; } = new() { Endpoint = null, Failure = TransportFailure.StillRunning };

    private readonly string[] _scopes = [options.Resource + "/.default"];
    private Task? _abandoned;

    /// <summary>Made when it is first needed, and again only when that failed.</summary>
    public TokenCredential? Credential { get; private set; }

    /// <summary>Whether the credential asks Microsoft Entra ID; <see langword="null"/> where only its answers tell.</summary>
    private bool? AsksEntra => Credential switch
    {
        ManagedIdentityCredential => goesToEntra,
        WorkloadIdentityCredential => true,
        _ => null,
    };

    /// <summary>Whether a call that a deadline cut off has not returned yet.</summary>
    public bool IsRunning => _abandoned is { IsCompleted: false };

    /// <summary>Adds the federated token, where a managed identity's credential may have used it in vain.</summary>
    public static Observation Complete(Observation seen) =>
        seen.Token is { ToEntra: true, Token: null } or { Failure: TransportFailure.Credential }
            ? seen with { FederatedToken = FederatedTokenFile.Inspect(seen.At) }
            : seen;

    /// <summary>Makes a new credential the next time.</summary>
    public void Forget() => Credential = null;

    /// <param name="seen">Holds what went over the check's own transport.</param>
    /// <param name="onEnd">Is told that the call has returned, which may be after the deadline.</param>
    /// <param name="deadline">Ends the waiting.</param>
    public async Task<TokenExchange> RunAsync(ExchangeRecorder? seen, Action? onEnd, CancellationToken deadline)
    {
        _abandoned = null;

        // The deadline holds for a credential that blocks its thread, too: in a pod with little CPU any does when it is used for the first time.
        var call = Task.Run(() => GetTokenAsync(onEnd, deadline), CancellationToken.None);
        try
        {
            var token = await call.WaitAsync(deadline).ConfigureAwait(false);
            return seen?.Last is { Failure: TransportFailure.None } last ? last : Unseen(token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            _abandoned = call.ContinueWith(
                static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return seen?.Last ?? new() { Endpoint = null, ToEntra = AsksEntra is true, Failure = TransportFailure.TimedOut };
        }
#pragma warning disable CA1031 // A credential is foreign code: what it throws is what it was asked for, its failure.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception is CredentialFactoryException
                ? new() { Endpoint = null, Failure = TransportFailure.CredentialFactory, Text = exception.Message }
                : seen?.LastOfFailure ?? CredentialErrors.Read(exception, AsksEntra, time.GetUtcNow());
        }
    }

    private async Task<AccessToken> GetTokenAsync(Action? onEnd, CancellationToken deadline)
    {
        try
        {
            var credential = Credential ??= create();
            var bypass = options.BypassTokenCache ?? credential is ManagedIdentityCredential or WorkloadIdentityCredential;
            return await credential.GetTokenAsync(new TokenRequestContext(_scopes, claims: bypass ? ForceRoundTrip : null), deadline).ConfigureAwait(false);
        }
        finally
        {
            onEnd?.Invoke();
        }
    }

    /// <summary>A token that did not come through our transport: the application's credential, or a cached one where that is allowed.</summary>
    private static TokenExchange Unseen(AccessToken token)
    {
        // The token's own expiry counts: a credential may tell another one, decades away.
        var (identity, expiresOn, issuedAt) = TokenClaims.Read(token.Token ?? string.Empty);
        return new() { Endpoint = null, Token = string.IsNullOrEmpty(token.Token) ? null : new TokenFacts(identity, expiresOn ?? token.ExpiresOn, issuedAt) };
    }
}
