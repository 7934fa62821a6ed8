using PodIdentity.HealthChecks.Testing.Development.Page;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests.Page;

public sealed class RecorderTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TaskCompletionSource<Told> _slow = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _asked;
    private Told _truth = Told.Pass();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_is_asked_while_nobody_watches()
    {
        var recorder = Recorder(Quick());
        var before = _asked;
        using (recorder.Watch())
        {
            await SampleAsync(recorder);
        }

        await EndAsync().OrHung(); // of the sample under way
        var asked = _asked;
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((0, asked), (before, _asked));

        async Task EndAsync()
        {
            while (_clock.Waiting > 0)
            {
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task It_goes_on_until_the_last_one_has_left_and_begins_again_with_the_next_one()
    {
        var recorder = Recorder(Quick());
        var first = recorder.Watch();
        await SampleAsync(recorder);
        using var second = recorder.Watch();
        first.Dispose();
        first.Dispose(); // counts once
        await SampleAsync(recorder);
        second.Dispose();
        using var third = recorder.Watch();
        await SampleAsync(recorder);

        Assert.NotEmpty(recorder.Timeline.Read(DateTimeOffset.MinValue).Lanes[0].Segments);
    }

    [Fact]
    public async Task A_slow_lane_holds_up_no_other_and_is_not_asked_twice_at_once()
    {
        var asked = 0;
        var recorder = Recorder(Quick(), new Lane("slow", "", isJudged: true, _ =>
        {
            asked++;
            return _slow.Task;
        }));
        using var watching = recorder.Watch();
        await SampleAsync(recorder);
        await SampleAsync(recorder);

        var lanes = recorder.Timeline.Read(DateTimeOffset.MinValue).Lanes;

        Assert.NotEmpty(lanes[0].Segments);
        Assert.Empty(lanes[1].Segments);
        Assert.Equal((1, true), (asked, _asked > 1));
    }

    [Fact]
    public async Task A_check_that_throws_has_failed()
    {
        var recorder = Recorder(new Lane("broken", "", isJudged: true, _ => throw new InvalidOperationException("Password=hunter2")));
        using var watching = recorder.Watch();
        await SampleAsync(recorder);

        var segment = Assert.Single(recorder.Timeline.Read(DateTimeOffset.MinValue).Lanes[0].Segments);

        Assert.Equal(("Unhealthy", "InvalidOperationException", "The check threw this exception."), (segment.Status, segment.Reason, segment.Hint));
    }

    [Fact]
    public async Task Nobody_is_judged_by_a_sample_in_which_the_truth_changed()
    {
        var recorder = Recorder(new Lane("judged", "", isJudged: true, _ =>
        {
            _truth = Told.Fail("No token");
            return Task.FromResult(Told.Fail("IdentityNotFound"));
        }));
        using var watching = recorder.Watch();
        await SampleAsync(recorder);

        Assert.Equal(0, recorder.Timeline.Read(DateTimeOffset.MinValue).Lanes[0].WrongSeconds);
    }

    private Recorder Recorder(params Lane[] lanes) => new(lanes, () => _truth, _clock);

    private Lane Quick() => new("quick", "", isJudged: true, _ =>
    {
        _asked++;
        return Task.FromResult(Told.Pass());
    });

    /// <summary>Moves the clock until there is another sample.</summary>
    private async Task SampleAsync(Recorder recorder) => await _clock.RunUntilAsync(recorder.NextAsync(Cancellation));
}
