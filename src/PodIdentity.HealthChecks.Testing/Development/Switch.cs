using System.Text.Json;

namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>Something that can be broken: its values, of which the first is in order, what each means, and the one that it is at.</summary>
internal sealed record Switch(string Name, string Title, IReadOnlyList<SwitchValue> Values, Func<string> Get, Func<string, Task> SetAsync)
{
    public static Switch Of<T>(string name, string title, Func<T, string> meaning, Func<T> get, Func<T, Task> setAsync)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>().ToDictionary(NameOf, v => v, StringComparer.Ordinal);
        return new Switch(
            name,
            title,
            [.. values.Select(v => new SwitchValue(v.Key, meaning(v.Value)))],
            () => NameOf(get()),
            value => setAsync(values[value]));

        static string NameOf(T value) => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
    }

    public static Switch Of<T>(string name, string title, Func<T, string> meaning, Func<T> get, Action<T> set)
        where T : struct, Enum => Of(name, title, meaning, get, value =>
        {
            set(value);
            return Task.CompletedTask;
        });

    public bool Has(string value) => Values.Any(v => v.Name.Equals(value, StringComparison.Ordinal));
}

/// <summary>A value of a switch, and what it means.</summary>
internal sealed record SwitchValue(string Name, string Meaning);
