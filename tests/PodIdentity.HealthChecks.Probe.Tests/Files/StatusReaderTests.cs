using PodIdentity.HealthChecks.Probe.Files;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Tests.Running;

namespace PodIdentity.HealthChecks.Probe.Tests.Files;

/// <summary>What <c>status</c> makes of a file, by the time that has passed since.</summary>
public sealed class StatusReaderTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Lines _lines = new();
    private readonly TemporaryDirectory _directory = new();

    private string Path => _directory.File("identity");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_healthy_watch_is_healthy()
    {
        Write(StatusTexts.Healthy(_clock.GetUtcNow()));

        Assert.Equal(ExitCode.Healthy, Read());
        Assert.Equal(["Healthy: NMI is active.", "Healthy: NMI issued a token."], _lines.All);
    }

    [Fact]
    public void A_throttled_watch_with_a_valid_token_is_not_failing()
    {
        Write(StatusTexts.Degraded(_clock.GetUtcNow()));

        Assert.Equal(ExitCode.Healthy, Read());
        Assert.Equal(["Degraded (Throttled): The node's IMDS answered 429."], _lines.All);
    }

    [Fact]
    public void A_failing_watch_is_said_and_counted_as_check_does()
    {
        Write(StatusTexts.Failing(_clock.GetUtcNow(), _clock.GetUtcNow()));

        Assert.Equal(ExitCode.Nmi, Read());
        Assert.Equal(["Unhealthy (NmiUnreachable): NMI refused the connection. See its pods."], _lines.All);
    }

    [Theory]
    [InlineData(299, ExitCode.Healthy)]
    [InlineData(300, ExitCode.Nmi)]
    public void With_a_time_it_counts_when_it_has_lasted_that_long(int seconds, int code)
    {
        Write(StatusTexts.Failing(_clock.GetUtcNow(), _clock.GetUtcNow().AddSeconds(-seconds)));

        Assert.Equal(code, Read(TimeSpan.FromMinutes(5)));
        Assert.StartsWith("Unhealthy (NmiUnreachable): ", _lines.All[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    public void A_failure_since_a_moment_to_come_counts_at_once(int failingFor)
    {
        Write(StatusTexts.Failing(_clock.GetUtcNow(), _clock.GetUtcNow().AddSeconds(1000)));

        Assert.Equal(ExitCode.Nmi, Read(TimeSpan.FromSeconds(failingFor)));
    }

    [Theory]
    [InlineData(18, ExitCode.Healthy)]
    [InlineData(19, ExitCode.TokenService)]
    [InlineData(-18, ExitCode.Healthy)]
    [InlineData(-19, ExitCode.TokenService)]
    public void The_word_of_a_watch_is_good_for_as_long_as_it_says(int age, int code)
    {
        Write(StatusTexts.Healthy(_clock.GetUtcNow().AddSeconds(-age)));

        Assert.Equal(code, Read());
        Assert.Equal(code is not ExitCode.Healthy, _lines.All[0].Contains("The watch that writes it is not running", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(18 + 299, ExitCode.Healthy)]
    [InlineData(18 + 300, ExitCode.TokenService)]
    public void A_watch_that_has_ended_counts_from_when_its_word_was_good_no_longer(int age, int code)
    {
        Write(StatusTexts.Healthy(_clock.GetUtcNow().AddSeconds(-age)));

        Assert.Equal(code, Read(TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_failure_at_once()
    {
        Assert.Equal(ExitCode.TokenService, Read(TimeSpan.FromMinutes(5)));
        Assert.Contains("cannot be read: the file does not exist. A running watch keeps this file up to date. See the log of the container", Assert.Single(_lines.All), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_is_a_failure()
    {
        Directory.CreateDirectory(Path);

        Assert.Equal(ExitCode.TokenService, Read());
        Assert.Contains("it is a directory", Assert.Single(_lines.All), StringComparison.Ordinal);
    }

    public static TheoryData<string> Malformed
    {
        get
        {
            var at = DateTimeOffset.UnixEpoch;
            var good = StatusTexts.Healthy(at);
            return
            [
                "", "\n", "Active", new string('a', 10_000_000), good[..^4] + new string('\n', 64 * 1024) + "end\n", good[..^1], good[..^5], good + "x", good.Replace("watch 1", "watch 2", StringComparison.Ordinal),
                good.Replace("00:00:18", "-00:00:18", StringComparison.Ordinal), good.Replace("00:00:18", "99.00:00:00", StringComparison.Ordinal),
                good.Replace("00:00:18", "", StringComparison.Ordinal), good.Replace("never", "soon", StringComparison.Ordinal),
                good.Replace("at 1970", "at 9999", StringComparison.Ordinal), good.Replace("at 1970", "at 0001", StringComparison.Ordinal),
                good.Replace("Healthy", "Fine", StringComparison.Ordinal), good.Replace(" - ", " NoReason ", StringComparison.Ordinal),
                good.Replace(" - ", " 3 ", StringComparison.Ordinal), good.Replace("\ntoken", "\n\u202enekot", StringComparison.Ordinal), StatusTexts.Text(at, "never", "token"), StatusTexts.Text(at, "never", ""),
                StatusTexts.Text(at, "never", "token Unhealthy Throttled Failing, and never did."),
                StatusTexts.Text(at, StatusTexts.Time(at), "token Healthy - Well, and failing."),
                StatusTexts.Text(at, "never", string.Join('\n', Enumerable.Repeat("token Healthy - Well.", 9))),
            ];
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Anything_else_is_a_failure(string text)
    {
        Write(text);

        Assert.Equal(ExitCode.TokenService, Read());
        var says = text.StartsWith("podidentity-probe watch ", StringComparison.Ordinal) && text.Length < 64 * 1024
            ? "is damaged, or was written by another version of `podidentity-probe watch`. Only the watch may write it"
            : "was not written by `podidentity-probe watch`. Only the watch may write it";
        Assert.Contains(says, Assert.Single(_lines.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_into_is_a_failure()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes among files.");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", Path))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var run = new StatusReader(Path, TimeSpan.Zero, _clock, new TextReport(_lines)).RunAsync();
        await _clock.WhenWaitingFor(TimeSpan.FromSeconds(2));
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(ExitCode.TokenService, await run);
        Assert.Contains("no data after 2 s; it is probably not a file", Assert.Single(_lines.All), StringComparison.Ordinal);
        await new FileStream(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite).DisposeAsync(); // lets the reader's thread go
    }

    [Fact]
    public async Task It_speaks_json_and_other_settings_of_the_pod_do_not_matter_to_it()
    {
        Write(StatusTexts.Degraded(_clock.GetUtcNow()));

        var result = await InProcess.RunAsync(_clock, "status --output json", ("POD_IDENTITY_STATUS_FILE", Path), ("POD_IDENTITY_URL", "nonsense"));

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("\"subject\":\"token\",\"status\":\"Degraded\",\"reason\":\"Throttled\",\"exitCode\":0,", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "\"subject\":\"nmi\",\"status\":\"Unhealthy\",\"reason\":\"NmiUnreachable\",\"exitCode\":2,\"description\":\"NMI refused the connection.\",\"hint\":\"See its pods.\",")]
    [InlineData(100, "\"subject\":\"watch\",\"status\":\"Unhealthy\",\"exitCode\":4,\"description\":\"The status file ")]
    public async Task In_json_it_says_all_that_the_file_holds_however_old_it_is(int age, string answer)
    {
        var at = _clock.GetUtcNow().AddSeconds(-age);
        Write(StatusTexts.Failing(at, at.AddSeconds(-60)));

        var result = await InProcess.RunAsync(_clock, $"status {Path} --output json");

        Assert.Contains(answer, result.Output, StringComparison.Ordinal);
        Assert.EndsWith($"\"data\":{{\"writtenAt\":{Json(at)},\"goodFor\":18,\"failingSince\":{Json(at.AddSeconds(-60))}}}}}\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_a_watch_that_did_not_tell_the_hint_apart_is_read_all_the_same()
    {
        Write(StatusTexts.Failing(_clock.GetUtcNow(), _clock.GetUtcNow()).Replace('\t', ' '));

        Assert.Equal(ExitCode.Nmi, Read());
        Assert.Equal(["Unhealthy (NmiUnreachable): NMI refused the connection. See its pods."], _lines.All);
    }

    [Fact]
    public async Task A_failure_that_does_not_count_yet_says_when_it_will()
    {
        Write(StatusTexts.Failing(_clock.GetUtcNow(), _clock.GetUtcNow().AddSeconds(-10)));

        var result = await InProcess.RunAsync(_clock, $"status {Path} --failing-for 5m");

        Assert.Equal((0, "The check has been failing for 10 s, and counts as failed after 5 min.\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public void What_cannot_be_seen_or_turns_the_text_around_is_not_shown()
    {
        Write(StatusTexts.Text(_clock.GetUtcNow(), "never", "token Healthy - \u001b[2Jcleared \u202ednuora\u2066\u200b\r"));

        Read();

        Assert.Equal(["Healthy: [2Jcleared \ufffddnuora\ufffd\ufffd"], _lines.All);
    }

    [Fact]
    public void A_description_is_shown_whole_unless_it_may_hold_a_secret()
    {
        var description = string.Join(' ', Enumerable.Repeat("The node's IMDS answered 500. See its log.", 20));
        Write(StatusTexts.Text(_clock.GetUtcNow(), "never", $"nmi Healthy - {description}\ntoken Healthy - eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."));

        Read();

        Assert.Equal([$"Healthy: {description}", "Healthy: [not shown: it may hold a secret]"], _lines.All);
    }

    private static string Json(DateTimeOffset time) => System.Text.Json.JsonSerializer.Serialize(time).Replace("\\u002B", "+", StringComparison.Ordinal);

    private void Write(string text) => File.WriteAllText(Path, text);

    private int Read(TimeSpan failingFor = default) => new StatusReader(Path, failingFor, _clock, new TextReport(_lines)).RunAsync().GetAwaiter().GetResult();
}
