namespace PodIdentity.HealthChecks.Testing;

/// <summary>What is wrong with the simulated IMDS. The remarks of each value say what NMI then answers.</summary>
/// <remarks><see cref="Hang"/>, <see cref="Refuse"/> and <see cref="Drop"/> affect every request; the others affect token requests only.</remarks>
public enum ImdsFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>429, always.</summary>
    /// <remarks>NMI: 403 after 112 s.</remarks>
    Throttled,

    /// <summary>404, as during an update of IMDS.</summary>
    /// <remarks>NMI: 403 after 112 s.</remarks>
    NotFound,

    /// <summary>410, as during an update of IMDS (up to 70 s).</summary>
    /// <remarks>NMI: 403 after 112 s.</remarks>
    Updating,

    /// <summary>500.</summary>
    /// <remarks>NMI: 403 after 112 s.</remarks>
    InternalError,

    /// <summary>503.</summary>
    /// <remarks>NMI: 403 after 112 s.</remarks>
    Unavailable,

    /// <summary>502.</summary>
    /// <remarks>NMI: 403 after 112 s.</remarks>
    BadGateway,

    /// <summary>403 <c>unauthorized_client</c>, with an <c>AADSTS</c> code.</summary>
    /// <remarks>NMI: 403 at once.</remarks>
    Forbidden,

    /// <summary>401.</summary>
    /// <remarks>NMI: 403 at once.</remarks>
    Unauthorized,

    /// <summary>The connection is accepted, and nothing ever comes.</summary>
    /// <remarks>NMI: nothing, until the caller leaves.</remarks>
    Hang,

    /// <summary>The connection is refused. A direct caller, who is connected already, sees it aborted.</summary>
    /// <remarks>NMI: 503 after 112 s.</remarks>
    Refuse,

    /// <summary>Packets are lost. A direct caller, who is connected already, gets no answer.</summary>
    /// <remarks>NMI: 503 after 262 s.</remarks>
    Drop,

    /// <summary>200 with something that is not JSON; see <see cref="SimulatedImds.GarbageSeed"/>.</summary>
    /// <remarks>NMI: 403 at once.</remarks>
    Garbage,

    /// <summary>200 with a token of 10 MiB.</summary>
    /// <remarks>NMI: passes it on.</remarks>
    Huge,

    /// <summary>200 with an empty body.</summary>
    /// <remarks>NMI: 503 at once.</remarks>
    Empty,

    /// <summary>200 with JSON that holds no token.</summary>
    /// <remarks>NMI: 200 at once, with all fields empty.</remarks>
    NoToken,

    /// <summary>302 to <see cref="SimulatedImds.RedirectTo"/>.</summary>
    /// <remarks>NMI: follows it; without a target, 503 after 112 s.</remarks>
    Redirect,

    /// <summary>200, then one byte a second without end.</summary>
    /// <remarks>NMI: nothing, until the caller leaves.</remarks>
    SlowDrip,

    /// <summary>200 whose Content-Length is larger than what is sent before the connection closes.</summary>
    /// <remarks>NMI: 503 at once.</remarks>
    Truncated,
}
