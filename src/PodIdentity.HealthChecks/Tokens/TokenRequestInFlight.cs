using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>A token request that has been sent, whether or not anybody still waits for it.</summary>
internal sealed class TokenRequestInFlight
{
    private readonly CancellationTokenSource _life;

    public TokenRequestInFlight(Task<TokenReply> reply, string endpoint, long sentAt, CancellationTokenSource life)
    {
        (Reply, Endpoint, SentAt, _life) = (reply, endpoint, sentAt, life);
        _ = reply.ContinueWith(
            static (ended, life) =>
            {
                _ = ended.Exception;
                ((CancellationTokenSource)life!).Dispose();
            },
            life,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    public Task<TokenReply> Reply { get; }

    public string Endpoint { get; }

    public long SentAt { get; }

    /// <summary>When the answer came, once there is one, and its sender knows.</summary>
    public long? EndedAt => Reply.IsCompletedSuccessfully ? Reply.Result.EndedAt : null;

    /// <summary>What a request that has no answer yet looks like.</summary>
    public TokenExchange Unanswered => new() { Endpoint = Endpoint, Failure = TransportFailure.TimedOut };

    /// <summary>Abandons it with all others of somebody who lives longer than it does.</summary>
    public void AbandonOn(CancellationToken cancellation)
    {
        var registration = cancellation.UnsafeRegister(static request => ((TokenRequestInFlight)request!).Abandon(), this);
        _ = Reply.ContinueWith(
            static (_, ended) => ((CancellationTokenRegistration)ended!).Unregister(),
            registration,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    public void Abandon()
    {
        try
        {
            _life.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }
}
