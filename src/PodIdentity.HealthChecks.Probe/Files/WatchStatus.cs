using System.Globalization;
using System.Text;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>What a watch last found, as it stands in its status file: lines that a person can read, too.</summary>
/// <param name="At">When it was found.</param>
/// <param name="GoodFor">How long it holds: a watch that runs has said something else by then.</param>
/// <param name="FailingSince">Since when it has been failing without a break.</param>
/// <param name="Answers">What was found.</param>
internal sealed record WatchStatus(DateTimeOffset At, TimeSpan GoodFor, DateTimeOffset? FailingSince, IReadOnlyList<Answer> Answers)
{
    private const string FirstLine = "podidentity-probe watch 1";
    private const string LastLine = "end";
    private const int AnswersFrom = 4;
    private const int MostAnswers = 8;

    private static readonly IReadOnlyDictionary<string, object> NoData = new Dictionary<string, object>(StringComparer.Ordinal);

    /// <summary>A clock may have been turned back since.</summary>
    public bool HoldsAt(DateTimeOffset now) => At - GoodFor <= now && now <= At + GoodFor;

    public string Format()
    {
        var text = new StringBuilder();
        text.Append(FirstLine).Append('\n');
        text.Append("at ").Append(Time(At)).Append('\n');
        text.Append("good for ").Append(GoodFor.ToString("c", CultureInfo.InvariantCulture)).Append('\n');
        text.Append("failing since ").Append(FailingSince is { } since ? Time(since) : "never").Append('\n');
        foreach (var answer in Answers)
        {
            var verdict = answer.Verdict;
            text.Append(answer.Subject).Append(' ').Append(verdict.Severity.Name()).Append(' ').Append(verdict.Reason?.ToString() ?? "-").Append(' ');
            text.Append(verdict.Description.ReplaceLineEndings(" ")).Append('\n');
        }

        return text.Append(LastLine).Append('\n').ToString();
    }

    /// <returns><see langword="null"/> when it is no status.</returns>
    public static WatchStatus? Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length is <= AnswersFrom + 2 or > AnswersFrom + MostAnswers + 2 || lines[0] is not FirstLine || lines[^2] is not LastLine || lines[^1].Length > 0
            || After(lines[1], "at ") is not { } at || ParseTime(at) is not { } time
            || After(lines[2], "good for ") is not { } good
            || !TimeSpan.TryParseExact(good, "c", CultureInfo.InvariantCulture, out var goodFor) || goodFor <= TimeSpan.Zero || goodFor > TimeSpan.FromDays(1)
            || After(lines[3], "failing since ") is not { } since)
        {
            return null;
        }

        var failingSince = ParseTime(since);
        var answers = new List<Answer>();
        foreach (var line in lines[AnswersFrom..^2])
        {
            if (ParseAnswer(line) is not { } answer)
            {
                return null;
            }

            answers.Add(answer);
        }

        return (failingSince is null && since is not "never") || answers.Exists(a => a.IsFailing) != failingSince is not null
            ? null
            : new WatchStatus(time, goodFor, failingSince, answers);
    }

    private static Answer? ParseAnswer(string line)
    {
        var parts = line.Split(' ', 4);
        if (parts.Length < 4 || parts[0].Length == 0 || SeverityNames.Parse(parts[1]) is not { } severity)
        {
            return null;
        }

        PodIdentityFailureReason? reason = null;
        if (parts[2] is not "-")
        {
            if (!Enum.TryParse<PodIdentityFailureReason>(parts[2], out var named) || !string.Equals(named.ToString(), parts[2], StringComparison.Ordinal))
            {
                return null;
            }

            reason = named;
        }

        // Whoever can write the file writes on the reader's standard output: nothing that is no word gets there.
        return new Answer(parts[0], new Verdict(severity, reason, Visible(parts[3]), NoData));
    }

    private static string Visible(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string? After(string line, string words) => line.StartsWith(words, StringComparison.Ordinal) ? line[words.Length..] : null;

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset? ParseTime(string text) =>
        DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time)
        && time.Year is > 2000 and < 9000 ? time : null;
}
