namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What a request for a token was answered.</summary>
internal sealed record TokenExchange
{
    /// <summary>The address that was asked, without its query; <see langword="null"/> where only a foreign credential knows it.</summary>
    public required string? Endpoint { get; init; }

    /// <summary>Whether Microsoft Entra ID was asked, and not the metadata address.</summary>
    public bool ToEntra { get; init; }

    public TransportFailure Failure { get; init; }

    public int? Status { get; init; }

    public PodIdentityResponder Responder { get; init; }

    public TokenFacts? Token { get; init; }

    /// <summary>What the answer said instead of a token, made safe to show.</summary>
    public string? Text { get; init; }

    /// <summary>Whether the answer was a JSON with an <c>error</c>, as token services refuse.</summary>
    public bool HasError { get; init; }

    /// <summary>What it is known to mean.</summary>
    public KnownAnswer Known { get; init; }

    /// <summary>The status of the answer that NMI had from IMDS, read from the text of its own.</summary>
    public int? InnerStatus { get; init; }

    /// <summary>The number of Entra's error (<c>AADSTS…</c>).</summary>
    public int? EntraError { get; init; }

    /// <summary>Whether Microsoft Entra ID may grant a moment later what it has refused.</summary>
    public bool MayBeNoise => EntraError is { } code && EntraErrors.MayBeNoise(code);

    /// <summary>How often the request was made before this came of it.</summary>
    public int Tries { get; init; } = 1;

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How long the answer was waited for, or has been so far, where that is more than an attempt takes.</summary>
    public TimeSpan? Waited { get; init; }

    /// <summary>Whether a supplied credential was asked, which may not have sent its request.</summary>
    public bool MayBeUnsent { get; init; }

    /// <summary>What the token service itself answered, whether NMI stands in front of it or not.</summary>
    public int? ServiceStatus => InnerStatus ?? Status;
}
