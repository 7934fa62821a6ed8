using System.Globalization;
using System.Text.Json;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Seconds, written as a number or, as NMI and IMDS do, as a string.</summary>
internal static class UnixTime
{
    private static readonly long Last = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public static DateTimeOffset? Read(JsonElement owner, string name) =>
        ReadSeconds(owner, name) is { } seconds && seconds > 0 && seconds <= Last ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    public static long? ReadSeconds(JsonElement owner, string name) => JsonText.Find(owner, name) switch
    {
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var number) => number,
        var value when long.TryParse(JsonText.Read(value), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };
}
