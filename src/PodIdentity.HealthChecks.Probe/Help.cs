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

        Without a command, podidentity-probe runs "wait token".
        For a command's flags: podidentity-probe COMMAND --help
        Every flag can also be set by an environment variable: --client-id by POD_IDENTITY_CLIENT_ID.
        {{ProbeSetting.RequiredResponder.Flag}} takes {{ProbeSetting.RequiredResponder.Accepted}}.
        Exit code: 0 healthy, degraded or switched off; 1 identity; 2 NMI; 3 wrong flag or variable;
        4 token service; 5 bug.

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
        if (settings.Count > 0)
        {
            text.Append($"  {"Flag",-34}Variable, which the flag overrides\n");
        }

        foreach (var setting in settings)
        {
            text.Append($"  {(setting.Flag.Length > 0 ? $"{setting.Flag} {setting.Placeholder}" : "no flag"),-34}{setting.Variable}\n");
            Wrap(text, $"{setting.Help} [{setting.Accepted}; default: {setting.DefaultText}]".Replace("`", string.Empty, StringComparison.Ordinal));
        }

        text.Append(settings.Count > 0 ? "\nA TIME is, for example, 300ms, 10s, 1m30s, or a number of seconds.\n\nExamples:" : "Examples:");
        foreach (var example in verb.Examples)
        {
            text.Append($"\n  podidentity-probe {example}");
        }

        return text.ToString();
    }

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
