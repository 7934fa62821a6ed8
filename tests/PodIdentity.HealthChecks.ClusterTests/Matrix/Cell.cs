using System.Globalization;
using System.Text.RegularExpressions;

namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>What a strategy made of a case, as observed.</summary>
internal sealed partial record Cell
{
    public required Case Case { get; init; }

    /// <summary>Whether the application was up at all.</summary>
    public required bool Started { get; init; }

    /// <summary>Whether the pod was in its Service at the end.</summary>
    public required bool Ready { get; init; }

    /// <summary>How long after the repair the pod was in its Service.</summary>
    public TimeSpan? ReadyAfter { get; init; }

    /// <summary>How long after the fault the pod left its Service.</summary>
    public TimeSpan? LeftAfter { get; init; }

    /// <summary>How long after the fault the application was restarted.</summary>
    public TimeSpan? RestartedAfter { get; init; }

    /// <summary>What its logs and events name as the reason.</summary>
    public required IReadOnlyList<PodIdentityFailureReason> Reasons { get; init; }

    public bool IsAsWanted => Case.Wanted switch
    {
        Wanted.Ready => Ready && LeftAfter is null && RestartedAfter is null,
        Wanted.NotReady => !Ready && RestartedAfter is null,
        _ => !Ready,
    };

    /// <summary>What stays the same in another run: how long it took is another number, and which of two reasons is said as well is chance.</summary>
    public static string Happenings(string text) => Reason().Replace(Seconds().Replace(text, "N s"), "");

    public override string ToString()
    {
        var reasons = Reasons.Count == 0 ? "" : $": {string.Join(", ", Reasons.Select(r => $"`{r}`"))}";
        return (IsAsWanted ? "" : "**No**: ") + What() + reasons;
    }

    private string What()
    {
        var looksAtStart = Case.IsAtStart || Case.IsRepair;
        string?[] happenings =
        [
            !looksAtStart ? null : ReadyAfter is { } ready ? string.Create(CultureInfo.InvariantCulture, $"ready after {ready.TotalSeconds:0} s")
                : Ready ? "ready" : Started ? "not ready" : "held back",
            LeftAfter is { } left ? string.Create(CultureInfo.InvariantCulture, $"out after {left.TotalSeconds:0} s") : null,
            RestartedAfter is { } restarted ? string.Create(CultureInfo.InvariantCulture, $"restarted after {restarted.TotalSeconds:0} s") : null,
            Ready && !looksAtStart ? LeftAfter is null ? "stays ready" : "ready again" : null,
        ];
        return string.Join(", ", happenings.OfType<string>());
    }

    [GeneratedRegex(@":(?: `\w+`,?)+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reason();

    [GeneratedRegex(@"\d+ s\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Seconds();
}
