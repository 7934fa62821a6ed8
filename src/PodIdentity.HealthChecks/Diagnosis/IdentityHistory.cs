namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Whether tokens come for one identity, or now for one and now for another: NMI picks one at random where a pod is bound to several.</summary>
internal sealed record IdentityHistory
{
    private const int SettledAfterTokens = 10;
    private static readonly TimeSpan SettledAfter = TimeSpan.FromMinutes(5);

    public static IdentityHistory Empty { get; } = new();

    /// <summary>Another identity that tokens came for lately; <see langword="null"/> when there is only one.</summary>
    public TokenIdentity? Other { get; private init; }

    private PodIdentityResponder OtherIssuer { get; init; }

    private TokenIdentity? Current { get; init; }

    private PodIdentityResponder Issuer { get; init; }

    private int Tokens { get; init; }

    private long Since { get; init; }

    public IdentityHistory After(TokenIdentity identity, PodIdentityResponder issuer, TimeProvider time)
    {
        if (!identity.IsVerifiable)
        {
            return this;
        }

        if (Current is null || identity.DiffersFrom(Current))
        {
            return new IdentityHistory
            {
                Current = identity,
                Issuer = issuer,
                Tokens = 1,
                Since = time.GetTimestamp(),
                Other = Current,
                OtherIssuer = Issuer,
            };
        }

        // What IMDS handed out while NMI was gone no longer counts once NMI is back.
        var isSettled = Tokens + 1 >= SettledAfterTokens || time.GetElapsedTime(Since) >= SettledAfter;
        var isImdsPast = OtherIssuer is PodIdentityResponder.Imds && issuer is PodIdentityResponder.Nmi;
        return this with { Current = identity, Issuer = issuer, Tokens = Tokens + 1, Other = isSettled || isImdsPast ? null : Other };
    }
}
