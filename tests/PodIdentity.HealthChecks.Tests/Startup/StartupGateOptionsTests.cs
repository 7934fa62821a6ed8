using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>A gate with wrong options fails the start before it waits for anything.</summary>
public sealed class StartupGateOptionsTests
{
    private readonly ScriptedCheck _db = new(ScriptedCheck.Down);

    public static TheoryData<string, Action<StartupGateOptions>, string[]> WrongOptions => new()
    {
        { "no time", o => o.Timeout = TimeSpan.Zero, ["Timeout is '0 s'", "between 1 s and 1 h", "00:02:30"] },
        { "a negative time", o => o.Timeout = TimeSpan.FromSeconds(-5), ["Timeout is '-5 s'"] },
        { "an infinite time", o => o.Timeout = Timeout.InfiniteTimeSpan, ["Timeout is '"] },
        { "an absurd time", o => o.Timeout = TimeSpan.FromHours(2), ["Timeout is '2 h'"] },
        { "no pause", o => o.Interval = TimeSpan.Zero, ["Interval is '0 s'", "between 100 ms and 1 min", "00:00:01"] },
        { "a long first pause", o => (o.Interval, o.MaximumInterval) = (TimeSpan.FromSeconds(61), TimeSpan.FromSeconds(61)), ["Interval is '1 min 1 s'"] },
        { "no longest pause", o => o.MaximumInterval = TimeSpan.Zero, ["MaximumInterval is '0 s'", "between 100 ms and 5 min"] },
        { "an absurd pause", o => o.MaximumInterval = TimeSpan.FromMinutes(6), ["MaximumInterval is '6 min'"] },
        { "a maximum below the first pause", o => o.Interval = TimeSpan.FromSeconds(11), ["MaximumInterval is '10 s'", "not be less than Interval (11 s)", "\"00:00:11\""] },
        { "a pause as long as the time", o => o.Timeout = TimeSpan.FromSeconds(1), ["Interval is '1 s'", "less than Timeout (1 s)", "\"00:00:00.500\""] },
        { "no variable", o => o.DisableVariable = null!, ["DisableVariable is not set", "PODIDENTITY_STARTUP_GATE_DISABLED"] },
        { "a blank variable", o => o.DisableVariable = " ", ["DisableVariable is ''"] },
        { "a variable with its value", o => o.DisableVariable = "OFF=true", ["DisableVariable is 'OFF=true'", "name of an environment variable"] },
        { "a predicate that selects nothing", o => o.Predicate = _ => false, ["Predicate selects no health check; registered: 'db' (tags: ready, startup)"] },
    };

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public async Task The_host_does_not_start_with_wrong_options(string mistake, Action<StartupGateOptions> make, string[] told)
    {
        using var host = GatedHost.Create(checks => checks.AddCheck("db", _db, tags: ["startup", "ready"]).AddStartupGate(make)).Start();

        var message = (await host.FailsAsync<OptionsValidationException>()).Message;

        Assert.All(told, t => Assert.Contains(t, message, StringComparison.Ordinal));
        Assert.True(message.Contains("Example: ", StringComparison.Ordinal), mistake);
        Assert.StartsWith("Start-up gate 'startup': ", message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (_db.Runs, host.Log.Lines.Count));
    }

    [Fact]
    public async Task A_tag_that_no_check_has_is_a_mistake_and_the_message_says_what_to_write()
    {
        using var host = GatedHost.Create(checks => checks
            .AddCheck("db", _db, tags: ["ready"]).AddCheck("cache", _db).AddStartupGate("first")).Start();

        Assert.Equal(
            "Start-up gate 'first': no health check has the tag 'first'; registered: 'db' (tags: ready), 'cache' (no tags). "
                + "Example: .AddPodIdentity(tags: [\"first\"])",
            (await host.FailsAsync<OptionsValidationException>()).Message);
    }

    [Fact]
    public async Task A_gate_without_any_check_is_a_mistake()
    {
        using var host = GatedHost.Create(checks => checks.AddStartupGate()).Start();

        Assert.Contains("no health check is registered", (await host.FailsAsync<OptionsValidationException>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistake_in_the_second_gate_is_told_before_the_first_one_waits()
    {
        using var host = GatedHost.Create(checks => checks
            .AddCheck("db", _db, tags: ["startup"]).AddStartupGate().AddStartupGate(o => o.Timeout = TimeSpan.Zero)).Start();

        Assert.Contains("Start-up gate 'startup-2': Timeout", (await host.FailsAsync<OptionsValidationException>()).Message, StringComparison.Ordinal);
        Assert.Equal(0, _db.Runs);
    }

    [Fact]
    public void Checks_that_are_added_after_the_gate_count()
    {
        using var host = GatedHost.Create(checks => checks.AddStartupGate().AddCheck("db", _db, tags: ["startup"]));

        Assert.NotNull(host.Services.GetRequiredService<IOptionsMonitor<StartupGateOptions>>().Get("startup"));
    }

    [Fact]
    public void Options_bind_from_a_section_of_the_configuration_by_the_gates_tag()
    {
        using var host = GatedHost.Create(
            checks => checks.AddCheck("db", _db, tags: ["first"]).AddStartupGate("first")
                .Services.AddOptions<StartupGateOptions>("first").BindConfiguration("Gate"),
            settings: [("Gate:Timeout", "00:05:00"), ("Gate:Interval", "00:00:02"), ("Gate:MaximumInterval", "00:00:20"), ("Gate:AcceptDegraded", "false")]);

        var options = host.Services.GetRequiredService<IOptionsMonitor<StartupGateOptions>>().Get("first");

        Assert.Equal(
            (TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20), false),
            (options.Timeout, options.Interval, options.MaximumInterval, options.AcceptDegraded));
    }

    [Fact]
    public void The_defaults_are_as_documented()
    {
        var options = new StartupGateOptions();

        Assert.Equal(
            (TimeSpan.FromSeconds(150), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), true),
            (options.Timeout, options.Interval, options.MaximumInterval, options.AcceptDegraded));
        Assert.Equal("PODIDENTITY_STARTUP_GATE_DISABLED", options.DisableVariable);
        Assert.Null(options.Predicate);
    }

    [Fact]
    public void Arguments_that_are_missing_are_refused_at_once()
    {
        var checks = new ServiceCollection().AddHealthChecks();

        Assert.Throws<ArgumentNullException>("builder", () => StartupGateHealthChecksBuilderExtensions.AddStartupGate(null!));
        Assert.Throws<ArgumentNullException>("tag", () => checks.AddStartupGate(tag: null!));
        Assert.Throws<ArgumentException>("tag", () => checks.AddStartupGate(" "));
    }
}
