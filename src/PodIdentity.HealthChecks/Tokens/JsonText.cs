using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>A JSON string's text. Valid JSON may hold what no string can: invalid UTF-8, half a surrogate pair.</summary>
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
}
