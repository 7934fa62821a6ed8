using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Files;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Probe.Tests.Running;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Probe.Tests.Files;

public sealed class StatusWriterTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Lines _lines = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly StatusWriter _writer;
    private Round? _round;

    public StatusWriterTests() => _writer = new StatusWriter(Path, TimeSpan.FromSeconds(18), _clock, new TextReport(_lines));

    private string Path => _directory.File("identity");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_is_written_is_what_the_readers_of_other_containers_know()
    {
        var failure = Scripted.Failing(NmiUnreachable, subject: "nmi");
        Write(failure with { Verdict = failure.Verdict with { What = "NMI refused\nthe connection.", Hint = "See its pods." } });

        Assert.Equal(
            StatusTexts.Failing(_clock.GetUtcNow(), _clock.GetUtcNow()),
            File.ReadAllText(Path));
        Assert.Equal("identity", Assert.Single(_directory.Names));
    }

    [Fact]
    public void A_failure_is_dated_from_the_first_round_that_found_it_until_one_that_does_not()
    {
        var first = _clock.GetUtcNow();
        Write(Scripted.Failing(NmiUnreachable));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Write(Scripted.Failing(NotIntercepted));
        Assert.Equal(first, Read().FailingSince);

        Write(Scripted.Healthy());
        Assert.Null(Read().FailingSince);

        _clock.Advance(TimeSpan.FromSeconds(5));
        Write(Scripted.Failing(NmiUnreachable));
        Assert.Equal(_clock.GetUtcNow(), Read().FailingSince);
    }

    [Fact]
    public void A_clock_that_is_turned_back_does_not_make_a_failure_younger()
    {
        Write(Scripted.Failing(NmiUnreachable));
        _clock.Advance(TimeSpan.FromSeconds(30));
        _clock.Turn(TimeSpan.FromHours(-1));
        Write(Scripted.Failing(NmiUnreachable));

        Assert.Equal(_clock.GetUtcNow().AddSeconds(-30), Read().FailingSince);
    }

    [Fact]
    public void Everybody_may_read_it_and_nobody_else_write_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no file modes.");
        Write(Scripted.Healthy());

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(0b110_100_100, (int)File.GetUnixFileMode(Path));
        }
    }

    [Fact]
    public void A_link_that_somebody_put_there_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        using var elsewhere = new TemporaryDirectory();
        File.WriteAllText(elsewhere.File("precious"), "precious");
        File.CreateSymbolicLink(Path, elsewhere.File("precious"));
        File.CreateSymbolicLink(_directory.File(".identity.new"), elsewhere.File("precious"));

        Write(Scripted.Healthy());

        Assert.Equal("precious", File.ReadAllText(elsewhere.File("precious")));
        Assert.NotNull(WatchStatus.Parse(File.ReadAllText(Path)));
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/../dev/full")]
    public void A_device_is_no_file(string device)
    {
        Assert.SkipUnless(File.Exists(device), "There is no such device.");

        Assert.StartsWith("it is a device", StatusWriter.FindProblem(device), StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_is_not_replaced_by_a_watch_that_is_not_checked_before()
    {
        // A file in the place of a device, since the test must harm nobody where it fails.
        var device = $"/dev/podidentity-test-{Guid.NewGuid():N}";
        try
        {
            File.WriteAllText(device, "precious");
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            Assert.Skip("This user may not write into /dev, so that no device is in danger.");
        }

        try
        {
            new StatusWriter(device, TimeSpan.FromSeconds(18), _clock, new TextReport(_lines)).Write(Round.After(before: null, [Scripted.Healthy()], _clock));

            Assert.Equal("precious", File.ReadAllText(device));
            Assert.Contains(": it is a device", Assert.Single(_lines.All), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(device);
        }
    }

    [Fact]
    public void Trying_out_whether_it_can_be_written_leaves_what_is_there()
    {
        foreach (var name in new[] { "identity", "identity.trial" })
        {
            File.WriteAllText(_directory.File(name), name);
        }

        Assert.Null(StatusWriter.FindProblem(Path));

        Assert.Equal(["identity", "identity.trial"], _directory.Names.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal("identity", File.ReadAllText(Path));
    }

    [Fact]
    public void What_cannot_be_written_is_said_once_and_does_not_end_the_watch()
    {
        var writer = new StatusWriter(_directory.File("none/identity"), TimeSpan.FromSeconds(18), _clock, new TextReport(_lines));

        writer.Write(Round.After(before: null, [Scripted.Healthy()], _clock));
        writer.Write(Round.After(before: null, [Scripted.Healthy()], _clock));

        Assert.Contains(": the directory does not exist. Its readers will report that the watch is not running.", Assert.Single(_lines.All), StringComparison.Ordinal);
    }

    private void Write(Answer answer) => _writer.Write(_round = Round.After(_round, [answer], _clock));

    private WatchStatus Read() => WatchStatus.Parse(File.ReadAllText(Path))!;
}
