using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>
/// The values of the settings: from the flag, or else the variable, or else the default. A template may leave a variable empty, which
/// counts as not set.
/// </summary>
internal sealed class Values
{
    private const int MaxTypos = 2;

    private readonly Arguments _arguments;
    private readonly IReadOnlyDictionary<string, string> _environment;

    public Values(Arguments arguments, IReadOnlyDictionary<string, string> environment)
    {
        _arguments = arguments;
        _environment = environment;
        Errors = new ValidationErrors("", NameOf);
    }

    public ValidationErrors Errors { get; }

    /// <summary>Everything that is wrong, by the names that the user gave.</summary>
    public IEnumerable<string> Problems => _arguments.Problems.Concat(_arguments.Command.Mode is Mode.Exec ? [] : MisspeltVariables()).Concat(Errors.Build().Failures ?? []);

    /// <summary>Whether machines read what is printed, complaints about the values included.</summary>
    public bool AsJson => (_arguments.Find(ProbeSetting.Output)?.Trim() ?? Text(ProbeSetting.Output)) is { } text && ProbeSetting.Output.TryParse(text, out var json) && json;

    /// <summary>A variable that is no setting of the probe's own.</summary>
    public string? Variable(string name) => _environment.GetValueOrDefault(name);

    /// <summary>A variable that the command does not use may hold anything, since it may be the application's own; a flag is refused.</summary>
    public string? Text(ProbeSetting setting) => !setting.UsedBy.HasFlag(_arguments.Command.Mode) ? null
        : _arguments.Find(setting)?.Trim() ?? (Variable(setting.Variable)?.Trim() is { Length: > 0 } value ? value : null);

    public T Read<T>(ProbeSetting<T> setting) => Read(setting, setting.Default);

    public T Read<T>(ProbeSetting<T> setting, T otherwise)
    {
        if (Text(setting) is not { } text)
        {
            return otherwise;
        }

        if (setting.TryParse(text, out var value))
        {
            return value;
        }

        // An address may hold a password, whatever the setting is for.
        Complain(setting, SafeText.Address(text), $"it must be {setting.Accepted}");
        return otherwise;
    }

    public void Complain(ProbeSetting setting, string? value, string problem, string? example = null) =>
        Errors.Add(setting.Option, value, problem, example ?? setting.Example);

    public string NameOf(ProbeSetting setting) => IsFlag(setting) ? setting.Flag : setting.Variable;

    public bool IsFlag(ProbeSetting setting) => _arguments.Find(setting) is not null;

    /// <summary>
    /// Kubernetes sets variables such as POD_IDENTITY_SERVICE_HOST for a service of that name, and an application has its own, so only those that are
    /// nearly a setting's of the command count. A wrong one ends the run, except of a command to become, whose own it may be.
    /// </summary>
    public IEnumerable<string> MisspeltVariables() =>
        from variable in _environment
        let name = variable.Key
        where name.StartsWith(ProbeSetting.VariablePrefix, StringComparison.OrdinalIgnoreCase) && !string.IsNullOrWhiteSpace(variable.Value)
        let near = ProbeSetting.All.MinBy(s => Typos(s, name))
        where near.UsedBy.HasFlag(_arguments.Command.Mode) && !near.Variable.Equals(name, StringComparison.Ordinal)
        where Typos(near, name) <= Math.Min(MaxTypos, (name.Length - ProbeSetting.VariablePrefix.Length) / 4)
        select $"unknown variable {SafeText.Identifier(name)}: did you mean {near.Variable}?";

    /// <summary>Some variables are named as other tools name them; the flag's name is a mistake near at hand.</summary>
    private static int Typos(ProbeSetting setting, string name) =>
        Math.Min(Spelling.Distance(setting.Variable, name), Spelling.Distance(setting.FlagAsVariable, name));

    private string NameOf(string option) =>
        ProbeSetting.All.FirstOrDefault(s => s.Option.Equals(option, StringComparison.Ordinal)) is { } setting ? NameOf(setting) : option;
}
