using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Asks the metadata service itself, without credential and cache.</summary>
internal sealed class DirectTokenSource(TokenClient client, PodIdentityHealthCheckOptions options, bool isOnlyAttempt, TimeProvider time) : ITokenSource
{
    private readonly Uri _address = MetadataService.TokenRequest(options.Resource, IdentitySelection.ParameterOf(options));

    public bool AsksMetadataService => true;

    public Func<TokenRequestInFlight> Resend => () => client.Start(MetadataService.Get(_address));

    public async Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        return await AwaitAsync(Resend(), deadline.Token, stopping).ConfigureAwait(false);
    }

    /// <summary>Waits for the answer to a request.</summary>
    /// <param name="sent">The request.</param>
    /// <param name="deadline">Ends the waiting. The request goes on.</param>
    /// <param name="stopping">Ends both.</param>
    public static async Task<Asked> AwaitAsync(TokenRequestInFlight sent, CancellationToken deadline, CancellationToken stopping)
    {
        try
        {
            return new Asked((await sent.Reply.WaitAsync(deadline).ConfigureAwait(false)).Exchange);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return new Asked(sent.Unanswered, InFlight: sent);
        }
        catch (OperationCanceledException)
        {
            sent.Abandon();
            throw;
        }
    }

    public Observation Complete(Observation seen) =>
        seen with { IsOnlyAttempt = isOnlyAttempt };
}
