using System.Text;
using System.Text.Json;

namespace PodIdentity.HealthChecks.Testing.Wire;

/// <summary>JSON as Go's <c>encoding/json</c> writes it, and its complaints about what is not JSON.</summary>
internal static class GoJson
{
    /// <summary>An object whose fields are all strings, in the order given.</summary>
    public static string Object(params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var json = new StringBuilder("{");
        foreach (var (name, value) in fields)
        {
            json.Append(json.Length == 1 ? "" : ",").Append(Quote(name)).Append(':').Append(Quote(value));
        }

        return json.Append('}').ToString();
    }

    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => quoted.Append($"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>What Go's <c>json.Unmarshal</c> says of a text that is not JSON; <see langword="null"/> for JSON.</summary>
    public static string? ErrorOf(string text)
    {
        try
        {
            using var _ = JsonDocument.Parse(text);
            return null;
        }
        catch (JsonException)
        {
            var start = text.AsSpan().TrimStart(" \t\r\n");
            if (start.IsEmpty)
            {
                return "unexpected end of JSON input";
            }

            if (start[0] is '{' or '[' or '"')
            {
                return "unexpected end of JSON input";
            }

            return start[0] switch
            {
                't' => LiteralError(start, "true"),
                'f' => LiteralError(start, "false"),
                'n' => LiteralError(start, "null"),
                _ => $"invalid character '{start[0]}' looking for beginning of value",
            };
        }
    }

    private static string LiteralError(ReadOnlySpan<char> text, string literal)
    {
        for (var i = 1; i < literal.Length; i++)
        {
            if (i == text.Length)
            {
                return "unexpected end of JSON input";
            }

            if (text[i] != literal[i])
            {
                return $"invalid character '{text[i]}' in literal {literal} (expecting '{literal[i]}')";
            }
        }

        return $"invalid character '{text[literal.Length]}' after top-level value";
    }
}
