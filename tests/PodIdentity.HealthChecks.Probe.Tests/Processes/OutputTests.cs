using System.Runtime.InteropServices;
using System.Text.Json;
using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>What is printed, and what happens when nobody reads it.</summary>
public sealed class OutputTests
{
    [Fact]
    public async Task The_help_fits_a_screen_and_shows_both_snippets()
    {
        var result = await ProbeProcess.RunAsync("--help");

        var lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(0, result.ExitCode);
        Assert.InRange(lines.Length, 20, 40);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 120));
        Assert.Contains("initContainers:", result.Output, Ordinal);
        Assert.Contains("readinessProbe:", result.Output, Ordinal);
    }

    [Fact]
    public void The_help_names_every_flag() =>
        Assert.All(Probe.Settings.Setting.WithFlag, s => Assert.Contains(s.Flag, Help.Text, Ordinal));

    [Fact]
    public void The_help_keeps_its_two_columns()
    {
        var lines = Help.Text.Split('\n');
        var column = lines.Single(l => l.StartsWith("initContainers:", Ordinal)).IndexOf("containers:", 1, Ordinal);

        Assert.Equal(column + 2, lines.Single(l => l.Contains(Help.Version, Ordinal)).IndexOf("readinessProbe:", Ordinal));
        Assert.Equal(column, lines.Single(l => l.StartsWith("- name: identity", Ordinal)).IndexOf("- name: app", Ordinal));
    }

    [Fact]
    public void The_help_counts_the_variables_with_a_name_of_their_own()
    {
        var settings = Probe.Settings.Setting.WithFlag;
        var own = settings.Where(s => !string.Equals(s.Variable, $"POD_IDENTITY_{s.Flag[2..].Replace('-', '_').ToUpperInvariant()}", Ordinal)).ToArray();

        Assert.Equal(6, own.Length);
        Assert.Contains("but for the six in brackets.", Help.Text, Ordinal);
        Assert.All(own, s => Assert.Contains($"[{s.Variable}]", Help.Text, Ordinal));
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

        var result = await ProbeProcess.RunAsync("check token --output json", node.Environment());

        Assert.Empty(result.Error);
        using var line = JsonDocument.Parse(result.Output);
        Assert.Equal(code, result.ExitCode);
        Assert.Equal(status, line.RootElement.GetProperty("status").GetString());
        Assert.Equal(code, line.RootElement.GetProperty("exitCode").GetInt32());
        Assert.Equal("https://management.azure.com/", line.RootElement.GetProperty("data").GetProperty("resource").GetString());
    }

    [Fact]
    public async Task Json_tells_of_each_attempt()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);

        var result = await ProbeProcess.RunAsync("wait token --output json --retry-count 1", node.Environment());

        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        Assert.Equal(2, lines.Length);
        Assert.All(lines, l => Assert.Equal("attempt", l.GetProperty("event").GetString()));
        Assert.Equal(0.001, lines[0].GetProperty("retryInSeconds").GetDouble());
        Assert.False(lines[1].TryGetProperty("retryInSeconds", out _));
    }

    [Theory]
    [InlineData("exec \"$@\" >&-", "check token", 0)]
    [InlineData("exec \"$@\" >&- 2>&-", "check token", 0)]
    [InlineData("exec \"$@\" <&- >&- 2>&-", "check all", 0)]
    [InlineData("exec \"$@\" >&- 2>&-", "check token --expected-client-id 6f9619ff-8b86-d011-b42d-00c04fc964ff", 1)]
    public async Task A_closed_standard_output_does_not_change_the_exit_code(string shell, string arguments, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no /bin/sh.");
        await using var node = await Pod.StartAsync();
        using var probe = ProbeProcess.StartIn(shell, arguments, node.Environment());

        Assert.Equal(code, (await probe.EndAsync()).ExitCode);
        Assert.Single(node.TokenRequests());
    }

    [Fact]
    public async Task A_reader_that_goes_away_does_not_end_the_watch()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no SIGTERM.");
        await using var node = await Pod.StartAsync();
        using var probe = ProbeProcess.StartIn("exec \"$@\" 2>&1", "watch token --interval 1s --result-lifetime 0", node.Environment());
        await probe.ReadLineAsync();
        probe.CloseOutput();

        await node.Nmi.SetStateAsync(NmiState.Stopping);
        node.Imds.Fault = ImdsFault.Forbidden;
        await node.WhenRequests(Pod.IsTokenRequest, 3, TestContext.Current.CancellationToken);
        probe.Signal(PosixSignal.SIGTERM);

        Assert.Equal(0, (await probe.EndAsync(withOutput: false)).ExitCode);
    }
}
