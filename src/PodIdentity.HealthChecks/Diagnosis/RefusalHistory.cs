namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>
/// How often in a row Microsoft Entra ID has found no federated credential. It says so now and then to a setup that is right: users counted
/// 22 of 1,021 exchanges (KEDA's issue 8152).
/// </summary>
internal sealed record RefusalHistory
{
    private const int MinExchanges = 3;
    private static readonly TimeSpan MinSpan = TimeSpan.FromSeconds(30);

    public static RefusalHistory Empty { get; } = new();

    /// <summary>Whether the refusal is not to be believed yet.</summary>
    public bool IsUnconfirmed { get; private init; }

    private int Exchanges { get; init; }

    private long Since { get; init; }

    public RefusalHistory After(TokenExchange exchange, TimeProvider time)
    {
        if (!exchange.MayBeNoise)
        {
            return exchange.Token is null ? this with { IsUnconfirmed = false } : Empty;
        }

        var since = Exchanges == 0 ? time.GetTimestamp() : Since;
        var exchanges = Exchanges + exchange.Tries;
        return new RefusalHistory
        {
            Exchanges = exchanges,
            Since = since,
            IsUnconfirmed = exchanges < MinExchanges || time.GetElapsedTime(since) < MinSpan,
        };
    }
}
