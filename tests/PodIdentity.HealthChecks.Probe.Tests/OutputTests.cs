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
    [InlineData("check token --help --no-such-flag")]
    public async Task The_help_fits_a_screen_and_shows_both_snippets(string arguments)
    {
        var result = await InProcess.RunAsync(arguments);

        var lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(0, result.ExitCode);
        Assert.InRange(lines.Length, 20, 47);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 120));
        Assert.Contains("initContainers:", result.Output, Ordinal);
        Assert.Contains("readinessProbe:", result.Output, Ordinal);
    }

    [Fact]
    public void The_help_names_every_flag_and_each_variable_that_is_not_called_like_its_flag() => Assert.All(
        ProbeSetting.All,
        setting =>
        {
            var line = Assert.Single(
                Help.Text.Split('\n'), l => l.StartsWith(setting.Flag.Length > 0 ? $"  {setting.Flag} " : $"  {setting.Variable}=", Ordinal));
            var usual = $"POD_IDENTITY_{setting.Name.Replace('-', '_').ToUpperInvariant()}";
            Assert.True(setting.Variable.Equals(usual, Ordinal) || line.Contains($"[{setting.Variable}]", Ordinal), line);
        });

    [Fact]
    public void The_help_keeps_its_two_columns()
    {
        var lines = Help.Text.Split('\n');
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

    private static JsonElement Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
