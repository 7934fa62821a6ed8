using Azure.Core;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Asks a credential of the application's, whose requests nobody sees.</summary>
/// <param name="options">What to ask for.</param>
/// <param name="create">Makes the credential.</param>
/// <param name="client">Sends the check's own requests.</param>
/// <param name="goesToEntra">Whether a managed identity's credential exchanges the pod's federated token.</param>
/// <param name="time">The clock.</param>
internal sealed class SuppliedCredentialSource(
    PodIdentityHealthCheckOptions options, Func<TokenCredential> create, TokenClient client, bool goesToEntra, TimeProvider time)
    : ITokenSource
{
    private readonly CredentialCall _call = new(options, create, goesToEntra, time);
    private readonly DirectTokenSource? _direct = IdentitySelection.ParameterOf(options) is null ? null : new(client, options, isOnlyAttempt: false, time);

    public bool AsksMetadataService => !goesToEntra && _call.Credential is ManagedIdentityCredential;

    public Func<TokenRequestInFlight>? Resend => _direct?.Resend;

    /// <summary>Whether a call that a deadline cut off has not returned yet.</summary>
    public bool IsRunning => _call.IsRunning;

    public async Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping)
    {
        if (IsRunning)
        {
            return new Asked(CredentialCall.StillRunning);
        }

        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        var exchange = await _call.RunAsync(seen: null, onEnd: null, deadline.Token).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();

        // Any other request of the process may have kept this one from being sent, and in a pod with little CPU the first one takes long.
        return exchange.Failure is not TransportFailure.TimedOut ? new Asked(exchange)
            : _call.Credential is null ? new Asked(exchange with { Failure = TransportFailure.NotSent })
            : new Asked(exchange with { MayBeUnsent = AsksMetadataService });
    }

    public Observation Complete(Observation seen) => _call.Credential is ManagedIdentityCredential ? CredentialCall.Complete(seen) : seen;
}
