using System.Reflection;
using System.Text;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Settings;

namespace PodIdentity.HealthChecks.Probe;

/// <summary>What <c>--help</c> and <c>--version</c> print.</summary>
internal static class Help
{
    /// <summary>How much of the YAML's left column is free for the version.</summary>
    private const int ColumnLeft = 24;

    private const int MaxWidth = 100;
    private const string Indent = "      ";

    public static string Version { get; } =
        typeof(Help).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string General =>
        $$"""
        Can this pod get a token right now for the identity it is supposed to have? If not, what is broken,
        and what can you do?

        {{string.Join('\n', Verb.All.Select(v => $"  {v.Line,-41}{v.Purpose}"))}}

        {{Verb.Subjects}}

        Without a command, it runs "wait token". POD_IDENTITY_DISABLED=true switches the checks off.
        For a command's flags, for example: podidentity-probe check --help
        Every flag overrides an environment variable: --client-id overrides POD_IDENTITY_CLIENT_ID.
        {{ProbeSetting.RequiredResponder.Flag}} takes {{ProbeSetting.RequiredResponder.Accepted}}.
        Exit code: 0 healthy, degraded or switched off; 1 identity; 2 NMI; 3 settings or unwritable file;
        4 token service; 5 bug in the probe; 126, 127 COMMAND cannot be run; 130, 143 stopped by a signal.

        initContainers:                                   containers:
        - name: identity                                  - name: app
          image: podidentity-probe:{{Version.PadRight(ColumnLeft)}} readinessProbe:
          args: [wait, token]                                 exec:
          env:                                                  command: [/podidentity-probe, check, token,
          - name: HOST_IP                                                 --required-responder, Nmi]
            valueFrom:                                        timeoutSeconds: 5
              fieldRef: {fieldPath: status.hostIP}            periodSeconds: 30
        """;

    /// <param name="verb">The command; <see langword="null"/> for all of them.</param>
    public static string Of(Verb? verb)
    {
        if (verb is null)
        {
            return General;
        }

        var settings = verb.Settings;
        var text = new StringBuilder($"Usage: podidentity-probe {$"{verb.Name} {verb.Operands}".TrimEnd()}{(settings.Count > 0 ? " [FLAG VALUE]..." : "")}{verb.Program}\n\n");
        text.Append(Phrases.Capitalised(verb.Purpose)).Append(".\n\n");
        if (verb.HasSubject)
        {
            text.Append(Verb.Subjects).Append(verb.Mode is Mode.Exec ? "\n  Without any of these: token\n\n" : "\n\n");
        }

        if (settings.Count > 0)
        {
            text.Append($"  {"Flag",-34}Environment variable, which the flag overrides\n");
        }

        foreach (var setting in settings)
        {
            text.Append($"  {(setting.Flag.Length > 0 ? $"{setting.Flag} {setting.Placeholder}" : "no flag"),-34}{setting.Variable}\n");
            var (help, values) = (WithoutCode(setting.Help), WithoutCode($"[{setting.Accepted}; default: {setting.DefaultText}]"));
            var fits = Indent.Length + help.Length + 1 + values.Length <= MaxWidth;
            Wrap(text, fits ? $"{help} {values}" : help);
            if (!fits)
            {
                Wrap(text, values);
            }
        }

        text.Append(settings.Count > 0 ? "\nA TIME is, for example, 300ms, 10s, 1m30s, or a number of seconds.\n\nExamples:" : "Examples:");
        foreach (var example in verb.Examples)
        {
            text.Append($"\n  podidentity-probe {example}");
        }

        return text.ToString();
    }

    private static string WithoutCode(string text) => text.Replace("`", string.Empty, StringComparison.Ordinal);

    private static void Wrap(StringBuilder text, string words)
    {
        var width = 0;
        foreach (var word in words.Split(' '))
        {
            if (width is 0 || width + 1 + word.Length > MaxWidth)
            {
                text.Append(width is 0 ? Indent : "\n" + Indent).Append(word);
                width = Indent.Length + word.Length;
            }
            else
            {
                text.Append(' ').Append(word);
                width += 1 + word.Length;
            }
        }

        text.Append('\n');
    }
}
