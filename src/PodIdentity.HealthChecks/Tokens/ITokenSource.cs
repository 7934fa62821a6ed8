using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Where an attempt gets its token: through a credential, or by a request of its own.</summary>
internal interface ITokenSource
{
    /// <summary>Whether it asks the metadata service, so NMI can explain a failure.</summary>
    bool AsksMetadataService { get; }

    /// <summary>Sends the same request without a credential, for an answer that may take minutes; <see langword="null"/> where its identity is not known.</summary>
    Func<TokenRequestInFlight>? Resend { get; }

    /// <summary>Requests a token. Every outcome is an exchange.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stopping"/> was cancelled.</exception>
    Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping);

    /// <summary>Adds to an observation what only the source knows.</summary>
    Observation Complete(Observation seen);
}

/// <summary>What came of asking: what that means, where it has been read already, and the request, where it still waits for its answer.</summary>
internal readonly record struct Asked(TokenExchange Exchange, Finding? Finding = null, TokenRequestInFlight? InFlight = null);
