namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>A command's first word. The help and the complaints about a command line say what is written here.</summary>
/// <param name="Mode">What it does.</param>
/// <param name="Operands">What follows it.</param>
/// <param name="Purpose">What it does, in words.</param>
/// <param name="Examples">Command lines that work.</param>
internal sealed record Verb(Mode Mode, string Operands, string Purpose, IReadOnlyList<string> Examples)
{
    private const string Subject = "token|nmi|all";

    public static readonly IReadOnlyList<Verb> All =
    [
        new(Mode.Check, Subject, "tries once, and says what is broken; for an exec probe", ["check token --required-responder Nmi", "check all --host-ip 10.240.0.4 --output json"]),
        new(Mode.Wait, Subject, "retries until healthy; for an init container", ["wait token --required-responder Entra", "wait all --retry-count 20 --retry-max 30s"]),
        new(Mode.Watch, Subject, "runs until stopped, and reports changes; for a sidecar", ["watch all --interval 5s --listen 8090", "watch all --interval 5s --status-file /shared/identity"]),
        new(Mode.Exec, $"[{Subject}]", "waits as \"wait\" does, then becomes COMMAND", ["exec -- /app/server --port 8080", "exec all --on-timeout run -- dotnet app.dll"])
        {
            Program = " -- COMMAND [ARG]...",
        },
        new(Mode.Status, "FILE", "reports what \"watch\" wrote to FILE; for an exec probe", ["status /shared/identity", "status /shared/identity --failing-for 5m"]),
        new(Mode.Doctor, "", "checks each step towards a token, and says where it fails", ["doctor", "doctor --required-responder Entra --output json"]),
        new(Mode.Install, "DIRECTORY", "copies itself to DIRECTORY, for exec probes in any image", ["install /shared"]),
    ];

    /// <summary>What can be checked, in words.</summary>
    public static string Subjects { get; } = """
          token   requests a token, and checks which identity it is for
          nmi     checks that NMI is healthy, and that it intercepts token requests
          all     checks nmi, then token
        """;

    public static string Names { get; } = $"{string.Join(", ", All.Take(All.Count - 1).Select(v => v.Name))} or {All[^1].Name}";

    /// <summary>Whether one of <see cref="Subjects"/> follows it.</summary>
    public bool HasSubject => Operands.Contains(Subject, StringComparison.Ordinal);

    /// <summary>The command line without its flags.</summary>
    public string Line => $"{Name} {Operands}{Program}".TrimEnd();

    public string Name { get; } = Mode.ToString().ToLowerInvariant();

    /// <summary>What follows its flags.</summary>
    public string Program { get; private init; } = string.Empty;

    /// <summary>What it reads.</summary>
    public IReadOnlyList<ProbeSetting> Settings => [.. ProbeSetting.All.Where(s => s.UsedBy.HasFlag(Mode))];

    public static Verb Of(Mode mode) => All.Single(v => v.Mode == mode);

    public static Verb? Find(string word) => All.FirstOrDefault(v => v.Name.Equals(word, StringComparison.Ordinal));
}
