namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>How long to go on.</summary>
internal enum Mode
{
    /// <summary>One attempt.</summary>
    Check,

    /// <summary>Until it is healthy or the retries are used up.</summary>
    Wait,

    /// <summary>Until it is told to stop.</summary>
    Watch,

    /// <summary>What a watch has found.</summary>
    Status,

    /// <summary>Copies the executable.</summary>
    Install,
}

/// <summary>What to ask.</summary>
[Flags]
internal enum Subjects
{
    Nmi = 1,
    Token = 2,
    All = Nmi | Token,
}

/// <summary>What to do.</summary>
/// <param name="Mode">How long to go on.</param>
/// <param name="Subjects">What to ask.</param>
/// <param name="Path">The file to read, or the directory to copy to.</param>
internal sealed record Command(Mode Mode, Subjects Subjects, string? Path = null)
{
    /// <summary>What the image <c>podidentityinitcheck</c> does.</summary>
    public static Command DropIn { get; } = new(Mode.Wait, Subjects.Token);

    public static Mode? ModeOf(string word) => word switch
    {
        "check" => Settings.Mode.Check,
        "wait" => Settings.Mode.Wait,
        "watch" => Settings.Mode.Watch,
        "status" => Settings.Mode.Status,
        "install" => Settings.Mode.Install,
        _ => null,
    };

    public static Subjects? SubjectsOf(string word) => word switch
    {
        "token" => Settings.Subjects.Token,
        "nmi" => Settings.Subjects.Nmi,
        "all" => Settings.Subjects.All,
        _ => null,
    };
}
