namespace PodIdentity.HealthChecks.Testing;

/// <summary>What is wrong with the simulated Microsoft Entra ID.</summary>
public enum EntraFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>429, with <see cref="SimulatedEntra.RetryAfter"/>.</summary>
    Throttled,

    /// <summary>503 with <c>AADSTS90033</c>, as during an outage.</summary>
    Unavailable,

    /// <summary>The connection is accepted, and nothing ever comes.</summary>
    Hang,

    /// <summary>The connection is refused, as is one to a binding's proxy.</summary>
    Refuse,

    /// <summary>200 with something that is not JSON.</summary>
    Garbage,

    /// <summary>200 with an empty body.</summary>
    Empty,

    /// <summary>200 with JSON that holds no token.</summary>
    NoToken,

    /// <summary>200 with a token of 10 MiB.</summary>
    Huge,

    /// <summary>200 whose Content-Length is larger than what is sent before the connection closes.</summary>
    Truncated,
}
