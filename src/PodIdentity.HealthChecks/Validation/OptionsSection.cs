using Microsoft.Extensions.Configuration;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>Reads a check's options from a section of the configuration. A key that no option has is a mistake: it would protect nobody.</summary>
internal static class OptionsSection
{
    public static void Read<TOptions>(IConfiguration section, IReadOnlyList<Setting<TOptions>> settings, TOptions options, ValidationErrors errors)
    {
        if (section is IConfigurationSection { Value.Length: > 0 } single)
        {
            errors.Add(single.Path, single.Value, "it must be a section that holds the options, not a single value", $"{single.Path}:{settings[0].Key} = \"{settings[0].Example}\"");
        }

        foreach (var child in section.GetChildren())
        {
            var setting = settings.FirstOrDefault(s => string.Equals(s.Key, child.Key, StringComparison.OrdinalIgnoreCase));
            if (setting is null)
            {
                var nearest = settings.MinBy(s => (!IsPart(child.Key, s), Spelling.Distance(s.Key, child.Key)))!;
                var isNear = IsPart(child.Key, nearest) || Spelling.Distance(nearest.Key, child.Key) <= child.Key.Length / 3;
                var help = isNear ? $"did you mean {nearest.Key}?" : $"the options: {string.Join(", ", settings.Select(s => s.Key))}";
                errors.Add($"{child.Path} is not an option ({help})", ExampleOf(isNear ? nearest : settings[0], child));
            }
            else if (child.GetChildren().Any())
            {
                errors.Add($"{child.Path} must be a single value, but there are keys below it", ExampleOf(setting, child));
            }
            else if (child.Value is { } value && !setting.TrySet(options, value))
            {
                errors.Add(child.Path, SafeText.Address(value), $"it must be {setting.Form}", $"\"{setting.Example}\"");
            }
        }
    }

    private static bool IsPart<TOptions>(string key, Setting<TOptions> setting) =>
        setting.Key.Contains(key, StringComparison.OrdinalIgnoreCase) || key.Contains(setting.Key, StringComparison.OrdinalIgnoreCase);

    private static string ExampleOf<TOptions>(Setting<TOptions> setting, IConfigurationSection child) =>
        $"{child.Path[..^child.Key.Length]}{setting.Key} = \"{setting.Example}\"";
}

/// <summary>How far a word is from the one that was probably meant.</summary>
internal static class Spelling
{
    /// <summary>Levenshtein's distance, whatever the case.</summary>
    public static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
