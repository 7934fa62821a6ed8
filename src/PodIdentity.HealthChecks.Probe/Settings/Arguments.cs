using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>The command line, taken apart.</summary>
internal sealed class Arguments
{
    private const string BeforeProgram = "--";

    private readonly Dictionary<string, string> _flags = new(StringComparer.Ordinal);
    private readonly List<string> _unknown = [];
    private readonly List<string> _problems = [];
    private Verb? _verb;

    public Arguments(IReadOnlyList<string> line)
    {
        var words = line.TakeWhile(word => word is not BeforeProgram).ToList();
        var commands = new List<string>();
        var (asksForHelp, asksForVersion) = (false, false);
        for (var i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "--help" or "-h":
                case "help" when i is 0:
                    asksForHelp = true;
                    break;
                case "--version":
                    asksForVersion = true;
                    break;
                case ['-', ..] flag:
                    i += ReadFlag(flag, words.ElementAtOrDefault(i + 1));
                    break;
                default:
                    commands.Add(words[i]);
                    break;
            }
        }

        if (line.Count > words.Count || commands.Count > 0)
        {
            ReadCommand(commands, line.Skip(words.Count).ToList());
        }

        CheckFlags(commands.Count > 0 ? _verb : Verb.Of(Command.Mode));
        Text = asksForHelp ? Help.Of(commands.Count > 0 ? _verb : null) : asksForVersion ? Help.Version : null;
    }

    public Command Command { get; private set; } = Command.DropIn;

    /// <summary>What to print instead of running.</summary>
    public string? Text { get; }

    public IReadOnlyList<string> Problems => _problems;

    public string? Find(ProbeSetting setting) => _flags.GetValueOrDefault(setting.Flag);

    /// <returns>How many words the flag's value takes.</returns>
    private int ReadFlag(string word, string? next)
    {
        var parts = word.Split('=', 2);
        var flag = parts[0];
        var setting = ProbeSetting.All.FirstOrDefault(s => s.Flag.Equals(flag, StringComparison.Ordinal));
        var takesNext = setting is not null && parts.Length is 1 && next is not null && (!setting.IsSwitch || setting.Accepts(next));
        var value = parts.Length > 1 ? parts[1] : takesNext ? next : setting?.IsSwitch == true ? "true" : null;
        if (setting is null)
        {
            _unknown.Add(flag);
        }
        else if (string.IsNullOrWhiteSpace(value))
        {
            _problems.Add($"{flag} needs a value: {setting.Accepted}");
        }
        else if (!_flags.TryAdd(flag, value))
        {
            var shown = SafeText.Identifier(value);
            _problems.Add($"{flag} is given twice, as '{SafeText.Identifier(_flags[flag])}' and as '{shown}'. Example: {flag} {shown}");
        }

        return takesNext ? 1 : 0;
    }

    /// <param name="words">What is neither a flag nor its value.</param>
    /// <param name="rest">The program to become, behind two dashes.</param>
    private void ReadCommand(List<string> words, List<string> rest)
    {
        var name = words.ElementAtOrDefault(0);
        var operand = words.ElementAtOrDefault(1);
        _verb = name is null ? null : Verb.Find(name);
        var mode = _verb?.Mode ?? Mode.Wait;
        var isAboutPath = mode is Mode.Status or Mode.Install;
        var subjects = isAboutPath ? Subjects.All
            : mode is Mode.Doctor || (mode is Mode.Exec && operand is null) ? Subjects.Token
            : Command.SubjectsOf(operand);

        // Whatever else is wrong, a probe that is switched off must know whether it is a watch.
        Command = new Command(mode, subjects ?? Subjects.Token, isAboutPath ? operand : null) { Program = rest.Skip(1).ToList() };
        var problem =
            _unknown.Count > 0 ? null // What follows an unknown flag may be its value.
            : name is not null && _verb is null ? $"unknown command '{SafeText.Identifier(name)}': it must be {Verb.Names}"
            : mode is Mode.Install && string.IsNullOrEmpty(operand) ? "no directory is named"
            : mode is not Mode.Exec && rest.Count > 0 ? $"unexpected argument '{BeforeProgram}'"
            : mode is Mode.Exec && (Command.Program is [] or ["", ..]) ? $"missing command after '{BeforeProgram}'"
            : subjects is null && operand is null ? "missing subject: it must be token, nmi or all"
            : subjects is null ? $"unknown subject '{SafeText.Identifier(operand!)}': it must be token, nmi or all"
            : words.Count > 2 || (mode is Mode.Doctor && words.Count > 1) ? $"unexpected argument '{SafeText.Identifier(words[^1])}'"
            : null;
        if (problem is not null)
        {
            _problems.Add($"{problem}. Example: podidentity-probe {(_verb ?? Verb.Of(rest.Count > 0 ? Mode.Exec : Mode.Check)).Examples[0]}");
        }
    }

    /// <param name="verb">Whose flags they are; <see langword="null"/> if nobody knows.</param>
    private void CheckFlags(Verb? verb)
    {
        var help = $"See podidentity-probe {(verb is null ? "" : $"{verb.Name} ")}--help";
        foreach (var flag in _unknown)
        {
            var near = (verb?.Settings ?? ProbeSetting.All).MinBy(s => Spelling.Distance(s.Flag, flag));
            var isNear = near is not null && Spelling.Distance(near.Flag, flag) <= flag.Length / 4;
            _problems.Add($"unknown flag {SafeText.Identifier(flag)}{(isNear ? $": did you mean {near!.Flag}?" : ".")} {help}");
        }

        foreach (var setting in ProbeSetting.All.Where(s => _flags.ContainsKey(s.Flag) && verb?.Settings.Contains(s) is false))
        {
            _problems.Add($"{verb!.Name} does not use {setting.Flag} (used by: {setting.Users}). {help}");
        }
    }
}
