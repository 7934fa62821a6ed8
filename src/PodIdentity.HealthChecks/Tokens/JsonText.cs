using System.Text.Json;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// The names and strings of a JSON object. Valid JSON may hold in both what no string can: invalid UTF-8, or half a surrogate pair. Such
/// names and strings are passed over.
/// </summary>
internal static class JsonText
{
    public static IEnumerable<(string Name, JsonElement Value)> Properties(JsonElement owner)
    {
        foreach (var property in owner.EnumerateObject())
        {
            if (Try(() => property.Name) is { } name)
            {
                yield return (name, property.Value);
            }
        }
    }

    /// <summary>The value of the last property of that name, which is the one that counts where there are several.</summary>
    public static JsonElement Find(JsonElement owner, string name)
    {
        JsonElement last = default;
        foreach (var (found, value) in Properties(owner))
        {
            last = string.Equals(found, name, StringComparison.Ordinal) ? value : last;
        }

        return last;
    }

    public static string? FindText(JsonElement owner, string name) => Read(Find(owner, name));

    /// <returns><see langword="null"/> when it is no string.</returns>
    public static string? Read(JsonElement value) => value.ValueKind is JsonValueKind.String ? Try(value.GetString) : null;

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
