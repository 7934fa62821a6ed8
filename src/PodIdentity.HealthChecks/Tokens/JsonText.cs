using System.Globalization;
using System.Text.Json;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// The names and strings of a JSON object. Valid JSON may hold in both what no string can: invalid UTF-8, or half a surrogate pair. Such
/// names and strings are passed over.
/// </summary>
internal static class JsonText
{
    private static readonly long LastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public static IEnumerable<(string Name, JsonElement Value)> Properties(JsonElement owner) =>
        from property in owner.EnumerateObject()
        let name = Try(() => property.Name)
        where name is not null
        select (name!, property.Value);

    /// <summary>The value of the last property of that name, which is the one that counts where there are several.</summary>
    public static JsonElement Find(JsonElement owner, string name) =>
        Properties(owner).LastOrDefault(p => string.Equals(p.Name, name, StringComparison.Ordinal)).Value;

    public static string? FindText(JsonElement owner, string name) => Read(Find(owner, name));

    /// <returns><see langword="null"/> when it is no string.</returns>
    public static string? Read(JsonElement value) => value.ValueKind is JsonValueKind.String ? Try(value.GetString) : null;

    public static DateTimeOffset? FindTime(JsonElement owner, string name) =>
        FindSeconds(owner, name) is { } seconds && seconds > 0 && seconds <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>Seconds, written as a number or, as NMI and IMDS do, as a string.</summary>
    public static long? FindSeconds(JsonElement owner, string name) => Find(owner, name) switch
    {
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var number) => number,
        var value when long.TryParse(Read(value), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private static string? Try(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
