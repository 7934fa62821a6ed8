using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>An answer to a token request as it came over the wire.</summary>
/// <param name="Endpoint">The address that was asked, without its query, where it is known.</param>
/// <param name="ToEntra">Whether that was Microsoft Entra ID.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Server">The <c>Server</c> header.</param>
/// <param name="ContentType">The <c>Content-Type</c> header.</param>
/// <param name="RetryAfter">How long the answer asks to wait.</param>
internal readonly record struct TokenAnswer(
    string? Endpoint, bool ToEntra, int Status, string? Server = null, string? ContentType = null, TimeSpan? RetryAfter = null)
{
    /// <summary>Years, as a hostile answer may ask for, would be beyond the calendar when they are added to a time.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    public TokenExchange ToExchange() => new()
    {
        Endpoint = Endpoint,
        ToEntra = ToEntra,
        Status = Status,
        RetryAfter = RetryAfter > LongestWait ? LongestWait : RetryAfter,
    };
}
