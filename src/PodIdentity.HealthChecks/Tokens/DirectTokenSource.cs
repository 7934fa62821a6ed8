using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Asks the metadata service itself, without credential and cache.</summary>
internal sealed class DirectTokenSource(TokenClient client, PodIdentityHealthCheckOptions options, bool isOnlyAttempt, TimeProvider time) : ITokenSource
{
    private readonly Uri _address = MetadataService.TokenRequest(options.Resource, IdentitySelection.ParameterOf(options));

    public bool AsksMetadataService => true;

    public bool IsOfCheck => true;

    public Func<TokenRequestInFlight> Resend => () => client.Start(MetadataService.Get(_address));

    public static async Task<Asked> AskAsync(Func<TokenRequestInFlight> send, TimeSpan timeout, TimeProvider time, CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        return await AwaitAsync(send(), deadline.Token, stopping).ConfigureAwait(false);
    }

    public Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping) => AskAsync(Resend, timeout, time, stopping);

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
