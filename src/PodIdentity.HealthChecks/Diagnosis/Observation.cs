namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>All that one attempt saw and that its verdict follows from. It holds no token text.</summary>
internal sealed record Observation
{
    /// <summary>The answer to the token request; <see langword="null"/> when only NMI's health was asked.</summary>
    public TokenExchange? Token { get; init; }

    /// <summary>What NMI's <c>/healthz</c> answered, where it was asked.</summary>
    public PlainAnswer? Health { get; init; }

    /// <summary>What <c>/host/token</c> at the metadata address answered, where it was asked.</summary>
    public PlainAnswer? Fingerprint { get; init; }

    /// <summary>
    /// Whether <see cref="Token"/> is what an earlier request came to, which stands while no other is answered; NMI was looked at now.
    /// </summary>
    public bool IsStanding { get; init; }

    /// <summary>Whether nothing will be learnt from later answers, since this is asked once only.</summary>
    public bool IsOnlyAttempt { get; init; }

    /// <summary>The federated token file of workload identity, where there is one and it may matter.</summary>
    public FederatedTokenFacts? FederatedToken { get; init; }

    /// <summary>Whom tokens came for, this one included.</summary>
    public IdentityHistory Identities { get; init; } = IdentityHistory.Empty;

    public Expectation Expected { get; init; } = Expectation.Nothing;

    /// <summary>What the token is asked for, or <see langword="null"/>.</summary>
    public string? Resource { get; init; }

    /// <summary>How the identity was named in the request: "client id …", or <see langword="null"/> when it was not.</summary>
    public string? Selector { get; init; }

    /// <summary>When the answer came.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The least lifetime that a token must have left.</summary>
    public TimeSpan MinimumTokenLifetime { get; init; }

    /// <summary>Whether NMI must say that it is active.</summary>
    public bool RequireActive { get; init; } = true;

    public Observation With(NmiLook look) => this with { Health = look.Health, Fingerprint = look.Fingerprint };
}
