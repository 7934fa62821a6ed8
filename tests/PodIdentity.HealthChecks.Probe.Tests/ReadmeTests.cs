using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Probe.Examining;
using PodIdentity.HealthChecks.Probe.Files;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Settings;
using PodIdentity.HealthChecks.Probe.Tests.Running;

namespace PodIdentity.HealthChecks.Probe.Tests;

/// <summary>What the READMEs say about the probe is complete, and agrees with the code.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "src", "PodIdentity.HealthChecks.Probe", "README.md"));

    /// <summary>The probe's own README, and what the repository's says about it.</summary>
    private static readonly string[] Texts =
    [
        Readme,
        Section(File.ReadAllText(Path.Combine(Repository.Root, "README.md")), "## Other languages"),
    ];

    [Fact]
    public void The_table_of_settings_is_what_the_settings_say_of_themselves()
    {
        var rows = ProbeSetting.All.Select(s =>
            $"| {(s.Flag.Length > 0 ? $"`{s.Flag}`" : "none")} | `{s.Variable}` | {s.DefaultText} | {s.Accepted} | {s.Description} |\n");
        var table = $"| flag | variable | default | value | meaning |\n|---|---|---|---|---|\n{string.Concat(rows)}";

        Assert.True(Readme.Contains(table, StringComparison.Ordinal), $"The README must hold:\n{table}");
    }

    [Fact]
    public void The_table_of_exit_codes_is_complete() => Assert.Equal(
        typeof(ExitCode).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (int)f.GetRawConstantValue()!).Order(),
        Rows("## Exit codes").Select(r => int.Parse(r[0], CultureInfo.InvariantCulture)));

    [Fact]
    public void The_table_of_exit_codes_lists_every_reason_where_it_belongs() => Assert.Equal(
        Enum.GetValues<PodIdentityFailureReason>().Select(reason => (ExitCode.Of(reason), reason.ToString())).Order(),
        Rows("## Exit codes")
            .SelectMany(r => r[2].Split(", ", StringSplitOptions.RemoveEmptyEntries), (r, reason) => (int.Parse(r[0], CultureInfo.InvariantCulture), reason))
            .Order());

    [Fact]
    public void The_tables_of_json_have_every_property_of_every_event()
    {
        var lines = new Lines();
        var report = new JsonReport(lines, TimeProvider.System);
        var failure = Scripted.Failing(PodIdentityFailureReason.NmiUnreachable);
        report.Attempt(failure with { Verdict = failure.Verdict with { Hint = "See it." } }, 1, 2, TimeSpan.Zero, TimeSpan.Zero);
        report.Progress(TimeSpan.Zero, TimeSpan.Zero);
        report.Note("A note.");
        report.Problem("A problem.", 3);
        report.Step(new Step("token", Outcome.Failed, "It was seen.", TimeSpan.Zero));
        var status = new WatchStatus(DateTimeOffset.UnixEpoch, TimeSpan.Zero, DateTimeOffset.UnixEpoch, []);
        report.Verdict(WatchStatus.Answer(HealthStatus.Unhealthy, "It is so.", data: status.Data));
        var data = typeof(PodIdentityDataKeys).GetFields().Select(f => $"{f.GetRawConstantValue()}").Except(["reason", "hint"], StringComparer.Ordinal).Concat(status.Data.Keys);

        var objects = lines.All.Select(line => JsonDocument.Parse(line).RootElement).ToArray();

        Assert.Equal(
            objects.SelectMany(o => o.EnumerateObject()).Select(p => p.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            Rows("### JSON").Where(r => r.Length is 3).Select(r => r[0]).Order(StringComparer.Ordinal));
        Assert.Equal(data.Order(StringComparer.Ordinal), Rows("### The `data` object").Select(r => r[0]).Order(StringComparer.Ordinal));
        Assert.All(objects, o => Assert.Contains(Rows("### JSON").Where(r => r[0] is "event"), r => r[2].Contains($"{o.GetProperty("event")}", StringComparison.Ordinal)));
    }

    public static TheoryData<string> Commands => [.. Texts.SelectMany(text => YamlCommand().Matches(text)).Select(m => m.Groups["words"].Value).Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_snippets_command_line_is_understood(string words)
    {
        var arguments = new Arguments([.. words.Split(", ").SkipWhile(w => w.EndsWith("/podidentity-probe", StringComparison.Ordinal))]);

        Assert.Empty(arguments.Problems);
    }

    [Fact]
    public void The_snippets_set_only_variables_that_exist()
    {
        Assert.All(Texts, text => Assert.NotEmpty(YamlVariable().Matches(text)));
        var set = Texts.SelectMany(text => YamlVariable().Matches(text)).Select(m => m.Groups["name"].Value);

        Assert.All(set, name => Assert.Contains(ProbeSetting.All, s => string.Equals(s.Variable, name, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_flag_that_is_written_anywhere_exists()
    {
        // Not a setting, or of other programs.
        string[] others = ["--help", "--from", "--tool-path", "--project"];
        var written = Texts.SelectMany(text => Flag().Matches(text)).Select(m => m.Value).Where(f => !others.Contains(f, StringComparer.Ordinal)).ToArray();

        Assert.NotEmpty(written);
        Assert.All(written, flag => Assert.Contains(ProbeSetting.All, s => string.Equals(s.Flag, flag, StringComparison.Ordinal)));
    }

    private static string[][] Rows(string heading) =>
    [
        .. Section(Readme, heading).Split('\n')
            .Where(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim().Replace("`", string.Empty, StringComparison.Ordinal)).ToArray()),
    ];

    private static string Section(string readme, string heading)
    {
        var start = readme.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"There is no {heading}.");
        var end = readme.AsSpan(start + 1).IndexOf(heading[..heading.IndexOf(' ', StringComparison.Ordinal)] is "##" ? "\n## " : "\n##");
        return readme[start..(start + 1 + end)];
    }

    [GeneratedRegex(@"(args|command): \[(?<words>[^\]]+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex YamlCommand();

    [GeneratedRegex(@"name: (?<name>[A-Z][A-Z_]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex YamlVariable();

    [GeneratedRegex("(?<![-A-Za-z])--[a-z][a-z-]*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Flag();
}
