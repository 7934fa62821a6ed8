using System.Text.Json;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Settings;
using PodIdentity.HealthChecks.Probe.Tests.Running;
using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests;

/// <summary>What is printed, for people and for machines.</summary>
public sealed class OutputTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("help")]
    [InlineData("no-such-command --help")]
    public async Task The_help_fits_a_screen_names_the_commands_and_shows_both_snippets(string arguments)
    {
        var result = await InProcess.RunAsync(arguments);

        var lines = LinesOf(result);
        Assert.InRange(lines.Length, 20, 30);
        Assert.All(Verb.All, verb => Assert.Single(lines, l => l.StartsWith($"  {verb.Name} {verb.Operands}", Ordinal) && l.EndsWith($" {verb.Purpose}", Ordinal)));
        Assert.Contains("initContainers:", result.Output, Ordinal);
        Assert.Contains("readinessProbe:", result.Output, Ordinal);
        Assert.Contains("--required-responder takes Nmi, WorkloadIdentityProxy, Imds, Entra or IdentityBindingProxy.", result.Output, Ordinal);
    }

    public static TheoryData<string> Verbs => [.. Verb.All.Select(v => v.Name)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task The_help_of_a_command_has_each_of_its_flags_with_its_variable_and_no_other(string name)
    {
        var verb = Verb.Find(name)!;

        var lines = LinesOf(await InProcess.RunAsync($"{name} --help --no-such-flag"));

        Assert.StartsWith($"Usage: podidentity-probe {name} {verb.Operands}", lines[0], Ordinal);
        Assert.Equal(
            verb.Settings.Select(s => (s.Flag.Length > 0 ? s.Flag : "no flag", s.Variable)),
            lines.Where(l => l.StartsWith("  --", Ordinal) || l.StartsWith("  no flag", Ordinal)).Select(l => (l.StartsWith("  no", Ordinal) ? "no flag" : l.Split(' ')[2], l[36..])));
        Assert.All(verb.Settings, s => Assert.Contains(s.Help.Replace("`", "", Ordinal), Unwrapped(lines), Ordinal));
        Assert.All(verb.Settings, s => Assert.Contains($"[{s.Accepted}; default: {s.DefaultText.Replace("`", "", Ordinal)}]", Unwrapped(lines), Ordinal));
        Assert.All(verb.Examples, e => Assert.Contains(lines, l => l.Equals($"  podidentity-probe {e}", Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void The_examples_of_a_command_are_understood(string name) =>
        Assert.All(Verb.Find(name)!.Examples, example => Assert.Empty(new Arguments(example.Split(' ')).Problems));

    [Theory]
    [InlineData("help check")]
    [InlineData("check token -h")]
    [InlineData("--help check all")]
    public async Task However_it_is_asked_for_the_help_of_a_command_is_that(string arguments) =>
        Assert.Equal((await InProcess.RunAsync("check --help")).Output, (await InProcess.RunAsync(arguments)).Output);

    [Fact]
    public void The_help_keeps_its_two_columns()
    {
        var lines = Help.Of(null).Split('\n');
        var column = lines.Single(l => l.StartsWith("initContainers:", Ordinal)).IndexOf("containers:", 1, Ordinal);

        Assert.Equal(column + 2, lines.Single(l => l.Contains(Help.Version, Ordinal)).IndexOf("readinessProbe:", Ordinal));
        Assert.Equal(column, lines.Single(l => l.StartsWith("- name: identity", Ordinal)).IndexOf("- name: app", Ordinal));
    }

    [Fact]
    public async Task The_version_is_that_of_the_package()
    {
        var result = await ProbeProcess.RunAsync("--version");

        Assert.Equal((0, Help.Version + "\n"), (result.ExitCode, result.Output));
        Assert.True(Version.TryParse(Help.Version.Split('-')[0], out _));
    }

    [Theory]
    [InlineData(NmiState.Active, "Healthy", 0)]
    [InlineData(NmiState.Killed, "Unhealthy", 2)]
    public async Task Json_is_an_object_a_line_on_standard_output(NmiState state, string status, int code)
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(state);

        var result = await InProcess.RunAsync("check token --output json", node.Environment());

        Assert.Empty(result.Error);
        var line = Parse(result.Output);
        Assert.Equal(code, result.ExitCode);
        Assert.Equal("verdict", line.GetProperty("event").GetString());
        Assert.InRange(line.GetProperty("data").GetProperty("elapsed").GetDouble(), 0, 300);
        Assert.Equal(status, line.GetProperty("status").GetString());
        Assert.Equal(code, line.GetProperty("exitCode").GetInt32());
        Assert.Equal("https://management.azure.com/", line.GetProperty("data").GetProperty("resource").GetString());
    }

    [Fact]
    public void Json_tells_of_attempts_of_progress_and_of_notes()
    {
        var lines = new Lines();
        var report = new JsonReport(lines, new ManualTimeProvider());
        var failure = Scripted.Failing(PodIdentityFailureReason.NmiUnreachable);

        report.Attempt(failure, 1, 2, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(3));
        report.Attempt(failure, 2, 2, null, TimeSpan.Zero);
        report.Progress(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(110));
        report.Note("a note");

        var objects = lines.All.Select(Parse).ToArray();
        Assert.Equal("attempt attempt progress note", string.Join(' ', objects.Select(o => o.GetProperty("event").GetString())));
        Assert.Equal((1, 2, 0.001, 3), (Number(0, "attempt"), Number(0, "attempts"), Number(0, "retryInSeconds"), Number(0, "secondsLeft")));
        Assert.False(objects[1].TryGetProperty("retryInSeconds", out _));
        Assert.Equal((10, 110), (Number(2, "secondsWaited"), Number(2, "secondsLeft")));
        Assert.Equal("a note", objects[3].GetProperty("description").GetString());

        double Number(int line, string name) => objects[line].GetProperty(name).GetDouble();
    }

    [Fact]
    public async Task Json_says_the_reason_and_the_hint_once_and_beside_the_status()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);

        var line = Parse((await InProcess.RunAsync("check token --output json", node.Environment())).Output);

        var hint = line.GetProperty("hint").GetString()!;
        Assert.Equal("NmiUnreachable", line.GetProperty("reason").GetString());
        Assert.StartsWith("Check the NMI pod on this node (`kubectl", hint, Ordinal);
        Assert.DoesNotContain(hint.TrimEnd('.'), line.GetProperty("description").GetString(), Ordinal);
        Assert.False(line.GetProperty("data").TryGetProperty("reason", out _));
        Assert.False(line.GetProperty("data").TryGetProperty("hint", out _));
    }

    [Theory]
    [InlineData("check token --clientid me --output json")]
    [InlineData("check token --client-id me --output JSON --expected-object-id me")]
    [InlineData("install a b --output json")]
    [InlineData("status --output json")]
    public async Task Complaints_about_settings_are_json_as_well(string arguments)
    {
        var json = await InProcess.RunAsync(arguments);
        var text = await InProcess.RunAsync(arguments.Replace("json", "text", OrdinalIgnoreCase));

        Assert.Equal((3, string.Empty), (json.ExitCode, json.Error));
        var lines = json.Output.TrimEnd('\n').Split('\n').Select(Parse).ToArray();
        Assert.All(lines, l => Assert.Equal(("error", 3), (l.GetProperty("event").GetString(), l.GetProperty("exitCode").GetInt32())));
        Assert.Equal(text.Error, string.Concat(lines.Select(l => $"{l.GetProperty("description").GetString()}\n")));
    }

    [Fact]
    public async Task A_probe_that_is_switched_off_says_so_in_json_too()
    {
        var result = await InProcess.RunAsync("check token", ("POD_IDENTITY_DISABLED", "true"), ("POD_IDENTITY_OUTPUT", "json"));

        Assert.Equal(("note", "Nothing is checked: POD_IDENTITY_DISABLED is set."), (Parse(result.Output).GetProperty("event").GetString(), Parse(result.Output).GetProperty("description").GetString()));
    }

    private static string[] LinesOf(ProbeResult result)
    {
        Assert.Equal(0, result.ExitCode);
        var lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 100));
        return lines;
    }

    private static string Unwrapped(string[] lines) => string.Join(' ', lines.Select(l => l.Trim()));

    private static JsonElement Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
