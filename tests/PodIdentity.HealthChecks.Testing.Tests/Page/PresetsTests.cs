using PodIdentity.HealthChecks.Testing.Development;
using PodIdentity.HealthChecks.Tests;

namespace PodIdentity.HealthChecks.Testing.Tests.Page;

public sealed class PresetsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Dictionary<string, string> _at = new(StringComparer.Ordinal) { ["nmi"] = "killed", ["imds"] = "throttled" };
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Presets _presets;

    public PresetsTests() => _presets = new Presets([Fake("nmi", "active"), Fake("imds", "none")], _clock);

    private static Preset NmiStops => Presets.All.Single(p => p.Name is "nmi-stops");

    [Fact]
    public async Task A_story_begins_with_everything_else_in_order()
    {
        await _presets.ApplyAsync(NmiStops);

        Assert.Equal(("stopping", "none"), (_at["nmi"], _at["imds"]));
    }

    [Fact]
    public async Task A_story_goes_on_by_itself()
    {
        await _presets.ApplyAsync(NmiStops);
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        var before = _at["nmi"];
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        await _stopped.Task.OrHung();

        Assert.Equal("stopping", before);
    }

    [Fact]
    public async Task Of_two_stories_that_are_asked_for_at_once_the_later_one_is_told_alone()
    {
        var going = new TaskCompletionSource();
        var at = new Dictionary<string, string>(StringComparer.Ordinal);
        var presets = new Presets([Slow("nmi", "active"), Slow("imds", "none")], _clock);

        var first = presets.ApplyAsync(Presets.All.Single(p => p.Name is "nmi-killed"));
        var second = presets.ApplyAsync(Presets.All.Single(p => p.Name is "imds-throttled"));
        going.SetResult();
        await Task.WhenAll(first, second);

        Assert.Equal(("active", "throttled"), (at["nmi"], at["imds"]));

        Switch Slow(string name, string inOrder) => new(name, name, [new SwitchValue(inOrder, "")], () => at[name], async value =>
        {
            // The first story's last switch.
            await (value is "none" ? going.Task : Task.CompletedTask);
            at[name] = value;
        });
    }

    [Fact]
    public async Task A_story_that_was_left_does_not_go_on()
    {
        await _presets.ApplyAsync(NmiStops);
        _presets.Leave();
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(("stopping", 0), (_at["nmi"], _clock.Waiting));
    }

    [Fact]
    public async Task It_is_known_which_story_is_told_and_whether_it_has_ended()
    {
        _presets.Leave();
        var none = _presets.Told;
        await _presets.ApplyAsync(NmiStops);
        var told = _presets.Told;
        _presets.Leave();
        var left = _presets.Told;
        await _presets.ApplyAsync(Presets.All[0]);

        Assert.Null(none);
        Assert.Equal(new StoryTold("nmi-stops", HasEnded: false), told);
        Assert.Equal(new StoryTold("nmi-stops", HasEnded: true), left);
        Assert.Equal(new StoryTold(Presets.All[0].Name, HasEnded: false), _presets.Told);
    }

    [Fact]
    public void Every_story_has_a_name_of_its_own_and_sets_what_there_is()
    {
        Assert.Equal(Presets.All.Count, Presets.All.Select(p => p.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(Presets.All, p => Assert.EndsWith(".", p.Story, StringComparison.Ordinal));
    }

    private Switch Fake(string name, string inOrder) => new(name, name, [new SwitchValue(inOrder, "")], () => _at[name], value =>
    {
        _at[name] = value;
        if (value is "stopped")
        {
            _stopped.TrySetResult();
        }

        return Task.CompletedTask;
    });
}
