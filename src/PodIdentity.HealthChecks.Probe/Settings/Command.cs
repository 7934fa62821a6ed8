namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>What to do: the first word of a command line.</summary>
[Flags]
internal enum Mode { Check = 1, Wait = 2, Watch = 4, Status = 8, Install = 16, Exec = 32, Doctor = 64 }

/// <summary>What to check: the second word.</summary>
[Flags]
internal enum Subjects { Nmi = 1, Token = 2, All = Nmi | Token }

/// <summary>A command.</summary>
/// <param name="Mode">What to do.</param>
/// <param name="Subjects">What to check.</param>
/// <param name="Path">The status file, or the directory to install into.</param>
internal sealed record Command(Mode Mode, Subjects Subjects, string? Path = null)
{
    /// <summary>What the image <c>podidentityinitcheck</c> does.</summary>
    public static Command DropIn { get; } = new(Mode.Wait, Subjects.Token);

    /// <summary>The program to become, and its arguments.</summary>
    public IReadOnlyList<string> Program { get; init; } = [];

    public static Subjects? SubjectsOf(string? word) => word switch
    {
        "token" => Subjects.Token,
        "nmi" => Subjects.Nmi,
        "all" => Subjects.All,
        _ => null,
    };
}
