namespace PodIdentity.HealthChecks.Probe.Listening;

/// <summary>What is read of a request. Nothing of it is ever written anywhere.</summary>
/// <param name="IsHead">Whether it asks for no body.</param>
/// <param name="Path">The target up to its query.</param>
/// <param name="Query">What follows the question mark.</param>
/// <param name="Accept">The value of its Accept headers.</param>
internal sealed record Request(bool IsHead, string Path, string Query, string Accept)
{
    public bool IsVerbose => Query.Split('&').Contains("verbose", StringComparer.Ordinal);

    /// <summary>Whether a media type is listed by its name: a wildcard is not a wish for it.</summary>
    public bool Accepts(string mediaType) => Array.Exists(Accept.Split(','), range =>
    {
        var parts = range.Split(';', StringSplitOptions.TrimEntries);
        return parts[0].Equals(mediaType, StringComparison.OrdinalIgnoreCase)
            && !Array.Exists(parts, p => p.StartsWith("q=0", StringComparison.OrdinalIgnoreCase) && p.AsSpan(2).TrimEnd('0') is "" or "0." or ".");
    });
}
