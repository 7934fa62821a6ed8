using System.Globalization;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>The content of a status file: lines that a person can read as well.</summary>
/// <param name="At">When it was found.</param>
/// <param name="GoodFor">How long it is good for: a running watch has written the next one by then.</param>
/// <param name="FailingSince">Since when it has been failing without a break.</param>
/// <param name="Answers">What was found.</param>
internal sealed record WatchStatus(DateTimeOffset At, TimeSpan GoodFor, DateTimeOffset? FailingSince, IReadOnlyList<Answer> Answers)
{
    /// <summary>Of what is said of the watch itself.</summary>
    public const string Subject = "watch";

    private const string FirstLine = "podidentity-probe watch 1";
    private const string LastLine = "end";
    private const string Never = "never";
    private const int HeaderLines = 4;
    private const int MaxAnswers = 8;
    private const int MaxText = 2000;

    /// <summary>Between what happened and what to do about it. An older reader shows it as a space.</summary>
    private const char BeforeHint = '\t';

    private static readonly IReadOnlyDictionary<string, object> NoData = new Dictionary<string, object>(StringComparer.Ordinal);

    /// <summary>The times in the file, for machines.</summary>
    public IReadOnlyDictionary<string, object> Data
    {
        get
        {
            var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["writtenAt"] = At, ["goodFor"] = GoodFor };
            if (FailingSince is { } since)
            {
                data["failingSince"] = since;
            }

            return data;
        }
    }

    /// <summary>What is to be said about the watch itself.</summary>
    public static Answer Answer(HealthStatus status, string text, string? hint = null, IReadOnlyDictionary<string, object>? data = null) =>
        new(Subject, new Verdict(status, null, text, hint, data ?? NoData));

    /// <summary>Why a failure is not one yet.</summary>
    public static string Excuse(TimeSpan failing, TimeSpan failingFor) =>
        $"The check has been failing for {Phrases.For(failing)}, and counts as failed after {Phrases.For(failingFor)}.";

    /// <summary>Whether a watch of any version has written it.</summary>
    public static bool IsOne(string text) => text.StartsWith(FirstLine[..^1], StringComparison.Ordinal);

    /// <summary>The clock may have been set since, in either direction.</summary>
    public bool IsGoodAt(DateTimeOffset now) => (now - At).Duration() <= GoodFor;

    public string Format()
    {
        var answers = Answers.Select(a => $"{a.Subject} {a.Verdict.Status} {a.Verdict.Reason?.ToString() ?? "-"} {Sentences(a.Verdict).ReplaceLineEndings(" ")}\n");
        return $"{FirstLine}\nat {Time(At)}\ngood for {GoodFor.ToString("c", CultureInfo.InvariantCulture)}\n"
            + $"failing since {(FailingSince is { } since ? Time(since) : Never)}\n{string.Concat(answers)}{LastLine}\n";
    }

    /// <returns><see langword="null"/> when it is no status.</returns>
    public static WatchStatus? Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines is not [FirstLine, .., LastLine, ""]
            || lines.Length is <= HeaderLines + 2 or > HeaderLines + MaxAnswers + 2
            || ParseTime(After(lines[1], "at ")) is not { } at
            || !TimeSpan.TryParseExact(After(lines[2], "good for "), "c", CultureInfo.InvariantCulture, out var goodFor)
            || goodFor <= TimeSpan.Zero || goodFor > TimeSpan.FromDays(1))
        {
            return null;
        }

        var since = After(lines[3], "failing since ");
        var failingSince = ParseTime(since);
        var answers = lines[HeaderLines..^2].Select(ParseAnswer).OfType<Answer>().ToList();
        return answers.Count != lines.Length - HeaderLines - 2
            || (failingSince is null && since is not Never)
            || answers.Exists(a => a.IsFailing) != failingSince is not null
            ? null
            : new WatchStatus(at, goodFor, failingSince, answers);
    }

    private static string Sentences(Verdict verdict) => verdict.Hint is null ? verdict.What : $"{verdict.What}{BeforeHint}{verdict.Hint}";

    private static Answer? ParseAnswer(string line)
    {
        if (line.Split(' ', 4) is not [("nmi" or "token" or Subject) and var subject, var word, var name, var text] || ParseName<HealthStatus>(word) is not { } status)
        {
            return null;
        }

        var reason = ParseName<PodIdentityFailureReason>(name);

        // Whoever can write the file writes to the reader's output.
        var parts = text.Split(BeforeHint, 2);
        return reason is null && name is not "-" ? null : new Answer(subject, new Verdict(
            status, reason, SafeText.ForPeople(parts[0], MaxText), parts.Length > 1 ? SafeText.ForPeople(parts[1], MaxText) : null, NoData));
    }

    /// <summary>By name only: the framework's parser takes numbers as well.</summary>
    private static T? ParseName<T>(string name)
        where T : struct, Enum =>
        Enum.TryParse<T>(name, out var value) && value.ToString().Equals(name, StringComparison.Ordinal) ? value : null;

    private static string? After(string line, string words) => line.StartsWith(words, StringComparison.Ordinal) ? line[words.Length..] : null;

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset? ParseTime(string? text) =>
        DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time)
        && time.Year is > 2000 and < 9000 ? time : null;
}
