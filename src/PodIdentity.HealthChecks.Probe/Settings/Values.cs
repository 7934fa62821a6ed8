using System.Globalization;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>
/// What was given: the flag counts, or else the variable, or else the default. What is wrong becomes a complaint that calls it as the user
/// did; an empty variable is one that is not set, as templates leave them.
/// </summary>
internal sealed class Values
{
    private readonly Arguments _arguments;
    private readonly Func<string, string?> _environment;

    public Values(Arguments arguments, Func<string, string?> environment)
    {
        _arguments = arguments;
        _environment = environment;
        Complaints = new Complaints("", options => string.Join(" and ", options.Split(" and ").Select(NameOf)));
    }

    public Complaints Complaints { get; }

    public string? Text(Setting setting) =>
        _arguments.Find(setting)?.Trim() ?? (_environment(setting.Variable)?.Trim() is { Length: > 0 } value ? value : null);

    public TimeSpan Duration(Setting setting, TimeSpan otherwise, TimeSpan least, TimeSpan most, string example)
    {
        if (Text(setting) is not { } text)
        {
            return otherwise;
        }

        if (!GoDuration.TryParse(text, out var duration))
        {
            Complain(setting, text, "it must be a duration, such as 300ms, 10s or 1m30s, or a number of seconds", example);
        }
        else if (duration < least || duration > most)
        {
            Complain(setting, text, $"it must be from {least.TotalSeconds:0.###}s to {most.TotalSeconds:0}s", example);
        }

        return duration;
    }

    public int Number(Setting setting, int otherwise, int least, int most)
    {
        if (Text(setting) is not { } text)
        {
            return otherwise;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
        {
            Complain(setting, text, $"it must be a number from {least} to {most}", $"{otherwise}");
        }

        return number;
    }

    public bool Flag(Setting setting, bool otherwise)
    {
        switch (Text(setting)?.ToLowerInvariant())
        {
            case null:
                return otherwise;
            case "true" or "1":
                return true;
            case "false" or "0":
                return false;
            default:
                Complain(setting, Text(setting)!, "it must be true or false", otherwise ? "false" : "true");
                return otherwise;
        }
    }

    /// <summary>One of the words that mean something.</summary>
    public T? Word<T>(Setting setting, IReadOnlyList<(string Word, T Meaning)> words)
    {
        if (Text(setting) is not { } text)
        {
            return default;
        }

        foreach (var (word, meaning) in words)
        {
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
            {
                return meaning;
            }
        }

        Complain(setting, text, $"it must be {string.Join(" or ", words.Select(w => w.Word))}", words[0].Word);
        return default;
    }

    /// <summary>Without TLS: no metadata service has it, and the static executable brings no library for it.</summary>
    public Uri? Address(Setting setting, string example)
    {
        if (Text(setting) is not { } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not "http")
        {
            Complain(setting, SafeText.Address(text), "it must be an absolute http address", example);
            return null;
        }

        return address;
    }

    public void Complain(Setting setting, string value, string problem, string example) =>
        Complaints.Add(setting.Option, value, problem, example);

    private string NameOf(string option) =>
        option.Equals(Setting.Disabled.Option, StringComparison.Ordinal) ? Setting.Disabled.Variable
        : Setting.WithFlag.FirstOrDefault(s => string.Equals(s.Option, option, StringComparison.Ordinal)) is not { } setting ? option
        : _arguments.Find(setting) is not null ? setting.Flag
        : setting.Variable;
}
