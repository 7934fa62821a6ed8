using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Testing.Development.Page;

namespace PodIdentity.HealthChecks.Testing.Tests.Page;

public sealed class TimelineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Start = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);
    private static readonly Told Good = Told.Pass();
    private static readonly Told Bad = Told.Fail("NotIntercepted", "Look at NMI.");
    private static readonly Told Poor = new(HealthStatus.Degraded, "Throttled");

    private readonly Lane _judged;
    private readonly Lane _patient;
    private readonly Timeline _timeline;
    private Told? _told;
    private DateTimeOffset _now = Start;

    public TimelineTests()
    {
        _judged = new Lane("judged", "", isJudged: true, _ => Task.FromResult(_told!));
        _patient = new Lane("patient", "", isJudged: false, _ => Task.FromResult(_told!));
        _timeline = new Timeline([_judged, _patient], Second);
    }

    [Fact]
    public async Task The_same_answer_is_one_segment()
    {
        await SampleAsync(3, truth: Good, told: Good);
        await SampleAsync(2, truth: Bad, told: Bad);

        Assert.Collection(
            Read("judged").Segments,
            s => Assert.Equal((Start, Start + (3 * Second), "Healthy"), (s.From, s.To, s.Status)),
            s => Assert.Equal((Start + (3 * Second), Start + (5 * Second), "Unhealthy", "NotIntercepted", "Look at NMI."), (s.From, s.To, s.Status, s.Reason, s.Hint)));
    }

    [Fact]
    public async Task The_seconds_of_an_answer_other_than_the_truth_are_counted()
    {
        await SampleAsync(3, truth: Good, told: Good);
        await SampleAsync(4, truth: Bad, told: Good);
        await SampleAsync(2, truth: Bad, told: Bad);
        await SampleAsync(1, truth: Good, told: Bad);

        Assert.Equal(5, Read("judged").WrongSeconds);
        Assert.Equal([false, true, false, true], Read("judged").Segments.Select(s => s.Wrong));
    }

    [Fact]
    public async Task Degraded_is_as_good_as_what_passes()
    {
        await SampleAsync(3, truth: Poor, told: Good);
        await SampleAsync(3, truth: Good, told: Poor);

        Assert.Equal(0, Read("judged").WrongSeconds);
    }

    [Fact]
    public async Task Who_does_not_claim_to_know_is_never_wrong()
    {
        await SampleAsync(3, truth: Bad, told: Good);

        Assert.Equal((3, 0), (Read("judged").WrongSeconds, Read("patient").WrongSeconds));
    }

    [Fact]
    public async Task Nobody_is_judged_by_a_truth_that_changed_meanwhile()
    {
        await SampleAsync(1, truth: Bad, told: Good, isSettled: false);

        Assert.Equal(0, Read("judged").WrongSeconds);
    }

    [Fact]
    public async Task A_lane_without_an_answer_yet_is_empty()
    {
        _now += Second;
        _timeline.Add(_now, Good, isSettled: true);
        var before = Read("judged").Segments;
        await SampleAsync(1, truth: Good, told: Good);

        Assert.Empty(before);
        Assert.Equal(Start + Second, Assert.Single(Read("judged").Segments).From);
    }

    [Fact]
    public async Task Time_in_which_nobody_looked_stays_empty()
    {
        await SampleAsync(1, truth: Good, told: Good);
        _now += TimeSpan.FromMinutes(5);
        await SampleAsync(1, truth: Good, told: Good);

        Assert.Equal([Start, Start + Second + TimeSpan.FromMinutes(5)], Read("judged").Segments.Select(s => s.From));
    }

    [Fact]
    public async Task It_holds_an_hour_even_of_answers_that_change_every_second()
    {
        await SampleAsync(1, truth: Good, told: Good);
        for (var i = 0; i < 2000; i++)
        {
            await SampleAsync(1, truth: Good, told: Bad);
            await SampleAsync(1, truth: Good, told: Good);
        }

        var segments = Read("judged").Segments;
        Assert.Equal(3600, segments.Count);
        Assert.True(segments[0].To > _now - TimeSpan.FromHours(1));
        Assert.Equal(1800, Read("judged").WrongSeconds);
    }

    [Fact]
    public async Task A_reader_gets_what_is_new_since_the_last_time()
    {
        await SampleAsync(2, truth: Good, told: Good);
        await SampleAsync(1, truth: Bad, told: Bad);
        var (_, _, at) = _timeline.Read(DateTimeOffset.MinValue);
        await SampleAsync(1, truth: Bad, told: Bad);

        var (truth, lanes, _) = _timeline.Read(at);

        Assert.Equal(Start + (2 * Second), Assert.Single(truth.Segments).From);
        Assert.All(lanes, lane => Assert.Equal(_now, Assert.Single(lane.Segments).To));
    }

    private LaneHistory Read(string lane) => _timeline.Read(DateTimeOffset.MinValue).Lanes.Single(l => l.Name.Equals(lane, StringComparison.Ordinal));

    private async Task SampleAsync(int count, Told truth, Told told, bool isSettled = true)
    {
        _told = told;
        await _judged.AskAsync(TestContext.Current.CancellationToken);
        await _patient.AskAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < count; i++)
        {
            _now += Second;
            _timeline.Add(_now, truth, isSettled);
        }
    }
}
