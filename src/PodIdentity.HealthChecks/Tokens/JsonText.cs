using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// The strings and names of a JSON document. Valid JSON may hold in both what no string can, invalid UTF-8 or half a surrogate pair, and a
/// lookup by name stumbles over any name on its way.
/// </summary>
internal static class JsonText
{
    public static bool TryGet(JsonElement element, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = element.GetString();
            return text is not null;
        }
        catch (InvalidOperationException)
        {
            text = null;
            return false;
        }
    }

    /// <summary>The value of the last property of that name, which is the one that counts where there are several.</summary>
    public static JsonElement? Find(JsonElement owner, string name)
    {
        JsonElement? found = null;
        foreach (var property in owner.EnumerateObject())
        {
            if (IsNamed(property, name))
            {
                found = property.Value;
            }
        }

        return found;
    }

    public static bool IsNamed(JsonProperty property, string name)
    {
        try
        {
            return property.NameEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public static bool IsNamedInAnyCase(JsonProperty property, string name)
    {
        try
        {
            return string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
