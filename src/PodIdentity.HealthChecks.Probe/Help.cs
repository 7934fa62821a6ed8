using System.Reflection;
using PodIdentity.HealthChecks.Probe.Settings;

namespace PodIdentity.HealthChecks.Probe;

/// <summary>What <c>--help</c> and <c>--version</c> print.</summary>
internal static class Help
{
    /// <summary>How much of the YAML's left column is free for the version.</summary>
    private const int ColumnLeft = 24;

    public static string Version { get; } =
        typeof(Help).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static string Text =>
        $$"""
        Can this pod get a token right now for the identity it is supposed to have? If not, what is broken, and what can you do?
        {{string.Join('\n', Verb.All.Select(v => $"  {v.Name} {v.Operands,-32} {v.Purpose}"))}}
        Exit code: 0 healthy or switched off, 1 identity, 2 NMI, 3 wrong flag or variable, 4 token service, 5 bug.
        A flag's variable is POD_IDENTITY_ and its name (--client-id: POD_IDENTITY_CLIENT_ID), except for those in brackets.
        Defaults are in parentheses. A TIME is 300ms, 10s, 1m30s or a number of seconds.
        {{string.Join('\n', ProbeSetting.All.Select(Line))}}

        initContainers:                                   containers:
        - name: identity                                  - name: app
          image: podidentity-probe:{{Version.PadRight(ColumnLeft)}} readinessProbe:
          args: [wait, token]                                 exec:
          env:                                                  command: [/podidentity-probe, check, token,
          - name: HOST_IP                                                 --required-responder, Nmi]
            valueFrom:                                        timeoutSeconds: 5
              fieldRef: {fieldPath: status.hostIP}            periodSeconds: 30
        """;

    private static string Line(ProbeSetting setting)
    {
        var name = setting.Flag.Length == 0 ? $"{setting.Variable}={setting.Placeholder}"
            : setting.HasUsualVariable ? $"{setting.Flag} {setting.Placeholder}"
            : $"{setting.Flag} {setting.Placeholder} [{setting.Variable}]";
        return $"  {name,-43}{setting.Description} ({setting.DefaultText})".Replace("`", string.Empty, StringComparison.Ordinal);
    }
}
