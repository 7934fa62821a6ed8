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

    /// <summary>Which of the variables of workload identity's webhook are not set.</summary>
    public IReadOnlyList<string> MissingVariables { get; init; } = [];

    /// <summary>The webhook missed this pod, or a part of it, so the request went to the metadata address, whoever is there.</summary>
    public bool IsNotInjected => MissingVariables.Count > 0
        && Token is { ToEntra: false, Endpoint: not null } token
        && (Expected.Responder is PodIdentityResponder.Entra or PodIdentityResponder.IdentityBindingProxy
            || (Expected.Responder is null && token.Token is null && !MissingVariables.Contains(FederatedTokenFacts.Variable, StringComparer.Ordinal)));

    /// <summary>Whether this pod is meant to be served by NMI, or has been.</summary>
    public bool HasNmi { get; init; } = true;

    /// <summary>How long NMI took for the last token that it gave, where that came too late, or only to a request of the check's own.</summary>
    public TimeSpan? LateToken { get; init; }

    /// <summary>The proxy through which an application's requests for the metadata address go, as the pod's variables say; the check's own go past it.</summary>
    public MetadataProxy? MetadataProxy { get; init; }

    /// <summary>The proxy through which Microsoft Entra ID was asked, without an answer.</summary>
    public string? EgressProxy { get; init; }

    /// <summary>Whether an identity binding's proxy is asked.</summary>
    public bool HasBinding { get; init; }

    /// <summary>What gives this pod its tokens, as far as it has been seen.</summary>
    public PodMode Mode => this switch
    {
        { Token: null } => PodMode.PodIdentity,
        { HasBinding: true } => PodMode.IdentityBinding,
        { Token.ToEntra: true } => PodMode.WorkloadIdentity,
        { Token.Responder: PodIdentityResponder.Nmi } => PodMode.PodIdentity,
        { Token.Responder: PodIdentityResponder.WorkloadIdentityProxy } => PodMode.WorkloadIdentityProxy,
        { Token.Responder: PodIdentityResponder.Imds } => PodMode.Imds,

        // Nobody sees where a supplied credential asks.
        { Token.Endpoint: null, MissingVariables.Count: 0 } => PodMode.WorkloadIdentity,
        { Expected.Responder: PodIdentityResponder.Nmi } => PodMode.PodIdentity,
        _ when Fingerprint?.IsNmi() == true => PodMode.PodIdentity,
        _ => PodMode.None,
    };

    /// <summary>How often Microsoft Entra ID has refused the federated token, this time included.</summary>
    public RefusalHistory Refusals { get; init; } = RefusalHistory.Empty;

    /// <summary>Whom tokens came for, this one included.</summary>
    public IdentityHistory Identities { get; init; } = IdentityHistory.Empty;

    public Expectation Expected { get; init; } = Expectation.Nothing;

    /// <summary>What the token is asked for, or <see langword="null"/>.</summary>
    public string? Resource { get; init; }

    /// <summary>How the identity was named in the request: "client ID …", or <see langword="null"/> when it was not.</summary>
    public string? Selector { get; init; }

    /// <summary>When the answer came.</summary>
    public DateTimeOffset At { get; init; }

    public TimeSpan MinimumTokenLifetime { get; init; }

    public bool RequireActive { get; init; } = true;

    public Observation With(NmiLook look) => this with { Health = look.Health, Fingerprint = look.Fingerprint };
}

/// <summary>What gives a pod its tokens.</summary>
internal enum PodMode
{
    /// <summary>Nothing that was seen.</summary>
    None,

    /// <summary>AAD Pod Identity: NMI.</summary>
    PodIdentity,

    /// <summary>Microsoft Entra ID, in exchange for the service account's token.</summary>
    WorkloadIdentity,

    /// <summary>The proxy of an AKS identity binding, in exchange for the service account's token.</summary>
    IdentityBinding,

    /// <summary>The proxy beside the application, which exchanges that token for it.</summary>
    WorkloadIdentityProxy,

    /// <summary>IMDS: the identity is the node's.</summary>
    Imds,
}
