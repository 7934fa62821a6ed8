using System.Net;

namespace PodIdentity.HealthChecks.Testing.Wire;

/// <summary>A query string as Go's <c>url.Values</c> reads and writes it: names are case-sensitive, the first value wins.</summary>
internal sealed class Query
{
    private readonly List<KeyValuePair<string, string>> _values = [];

    public static Query Parse(string query)
    {
        var parsed = new Query();
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            parsed.Add(WebUtility.UrlDecode(parts[0]), parts.Length == 2 ? WebUtility.UrlDecode(parts[1]) : "");
        }

        return parsed;
    }

    public Query Add(string name, string value)
    {
        _values.Add(new(name, value));
        return this;
    }

    /// <summary>The value, or "" when there is none, as in Go.</summary>
    public string this[string name] => _values.Find(v => v.Key.Equals(name, StringComparison.Ordinal)).Value ?? "";

    /// <summary>Sorted by name, as Go's <c>Encode</c> has it.</summary>
    public override string ToString() =>
        string.Join('&', _values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{Escape(v.Key)}={Escape(v.Value)}"));

    private static string Escape(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
