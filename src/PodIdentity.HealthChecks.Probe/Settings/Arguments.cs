using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>The words of the command line, sorted.</summary>
internal sealed class Arguments
{
    private const string SeeHelp = "podidentity-probe --help lists the flags";

    private readonly Dictionary<Setting, string> _flags = [];
    private readonly List<string> _problems = [];

    private Arguments()
    {
    }

    public Command Command { get; private set; } = Command.DropIn;

    public bool AsksForHelp { get; private set; }

    public bool AsksForVersion { get; private set; }

    /// <summary>What cannot be understood.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public static Arguments Read(IReadOnlyList<string> words)
    {
        var arguments = new Arguments();
        var commands = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "--help" or "-h":
                case "help" when i is 0:
                    arguments.AsksForHelp = true;
                    break;
                case "--version":
                    arguments.AsksForVersion = true;
                    break;
                case ['-', ..] flag:
                    i += arguments.ReadFlag(flag, i + 1 < words.Count ? words[i + 1] : null);
                    break;
                default:
                    commands.Add(words[i]);
                    break;
            }
        }

        arguments.ReadCommand(commands);
        return arguments;
    }

    public string? Find(Setting setting) => _flags.GetValueOrDefault(setting);

    /// <returns>How many words the flag's value takes.</returns>
    private int ReadFlag(string word, string? next)
    {
        var parts = word.Split('=', 2);
        var setting = Setting.WithFlag.FirstOrDefault(s => string.Equals(s.Flag, parts[0], StringComparison.Ordinal));
        var value = parts.Length > 1 ? parts[1] : next;
        if (setting is null)
        {
            _problems.Add($"{Shown(parts[0])} is no flag. {SeeHelp}");
        }
        else if (string.IsNullOrEmpty(value))
        {
            _problems.Add($"{setting.Flag} needs a value. {SeeHelp}");
        }
        else if (!_flags.TryAdd(setting, value))
        {
            _problems.Add($"{setting.Flag} is given twice, as '{Shown(_flags[setting])}' and as '{Shown(value)}'. Example: {setting.Flag} {Shown(value)}");
        }

        return setting is not null && parts.Length is 1 && next is not null ? 1 : 0;
    }

    private void ReadCommand(List<string> words)
    {
        if (words.Count == 0)
        {
            return;
        }

        // So that a gate that is switched off knows whether to stay.
        var mode = Command.ModeOf(words[0]);
        Command = new Command(mode ?? Mode.Wait, Subjects.Token);
        if (mode is null)
        {
            _problems.Add($"'{Shown(words[0])}' is no command: it must be check, wait, watch, status or install. Example: podidentity-probe check token");
        }
        else if (mode is Mode.Status or Mode.Install)
        {
            ReadPath(mode.Value, words);
        }
        else if (words.Count < 2)
        {
            _problems.Add($"{words[0]} what: token, nmi or all? Example: podidentity-probe {words[0]} token");
        }
        else if (Command.SubjectsOf(words[1]) is not { } subjects)
        {
            _problems.Add($"'{Shown(words[1])}' cannot be asked: it must be token, nmi or all. Example: podidentity-probe {words[0]} token");
        }
        else if (words.Count > 2)
        {
            _problems.Add($"'{Shown(words[2])}' is one word too many. Example: podidentity-probe {words[0]} {words[1]}");
        }
        else
        {
            Command = new Command(mode.Value, subjects);
        }
    }

    private void ReadPath(Mode mode, List<string> words)
    {
        Command = new Command(mode, Subjects.All, words.Count > 1 ? words[1] : null);
        var example = mode is Mode.Status ? "podidentity-probe status /shared/identity" : "podidentity-probe install /shared";
        if (words.Count > 2)
        {
            _problems.Add($"'{Shown(words[2])}' is one word too many. Example: {example}");
        }
        else if (mode is Mode.Install && string.IsNullOrEmpty(Command.Path))
        {
            _problems.Add($"install where: into which directory? Example: {example}");
        }
    }

    private static string Shown(string word) => SafeText.Identifier(word);
}
