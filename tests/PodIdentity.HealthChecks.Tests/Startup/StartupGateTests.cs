using Microsoft.Extensions.Hosting;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>Nothing of the host starts until the selected checks pass.</summary>
public sealed class StartupGateTests
{
    private readonly ScriptedCheck _db = new(ScriptedCheck.Down);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_hosted_service_is_started_until_the_checks_pass(bool concurrently)
    {
        using var host = GatedHost.Create(AddGate, o => o.ServicesStartConcurrently = concurrently).Start();

        await host.PausesForAsync(1);
        Assert.False(host.Worker.IsStarted);

        _db.Says(HealthCheckResult.Healthy());
        await host.PauseAsync(1);
        await host.Starting.OrHung();
        Assert.True(host.Worker.IsStarted);
        Assert.Equal(2, _db.Runs);
    }

    [Fact]
    public async Task A_lifecycle_service_that_was_added_before_the_gate_is_held_too()
    {
        using var host = GatedHost.Create(AddGate).Start();

        await host.PausesForAsync(1);
        Assert.False(host.Worker.IsStarting);

        _db.Says(HealthCheckResult.Healthy());
        await host.PauseAsync(1);
        await host.Starting.OrHung();
        Assert.True(host.Worker.IsStarting);
    }

    [Fact]
    public async Task A_host_without_lifecycle_is_held_by_the_first_start()
    {
        using var host = GatedHost.Create(AddGate);
        var gate = host.Services.GetServices<IHostedService>().First();

        var starting = gate.StartAsync(TestContext.Current.CancellationToken);
        await host.Clock.WhenWaitingFor(TimeSpan.FromSeconds(1)).OrHung();
        Assert.False(starting.IsCompleted);

        _db.Says(HealthCheckResult.Healthy());
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await starting.OrHung();
        Assert.Equal(2, _db.Runs);
    }

    [Fact]
    public async Task What_passes_at_once_is_asked_once()
    {
        _db.Says(HealthCheckResult.Healthy());
        using var host = GatedHost.Create(AddGate).Start();

        await host.Starting.OrHung();

        Assert.Equal(1, _db.Runs);
    }

    [Fact]
    public async Task Checks_without_the_tag_are_not_asked()
    {
        var other = new ScriptedCheck(ScriptedCheck.Down);
        _db.Says(HealthCheckResult.Healthy());
        using var host = GatedHost.Create(checks => AddGate(checks.AddCheck("other", other, tags: ["ready"]))).Start();

        await host.Starting.OrHung();

        Assert.Equal(0, other.Runs);
    }

    [Fact]
    public async Task A_tag_may_be_named()
    {
        using var host = GatedHost.Create(checks => checks.AddCheck("db", _db, tags: ["ready", "first"]).AddStartupGate("first")).Start();

        await host.PausesForAsync(1);
    }

    [Fact]
    public async Task A_predicate_selects_instead_of_the_tag()
    {
        var tagged = new ScriptedCheck(ScriptedCheck.Down);
        _db.Says(HealthCheckResult.Healthy());
        using var host = GatedHost.Create(checks => checks
            .AddCheck("db", _db)
            .AddCheck("tagged", tagged, tags: ["startup"])
            .AddStartupGate(o => o.Predicate = check => check.Name is "db")).Start();

        await host.Starting.OrHung();

        Assert.Equal((1, 0), (_db.Runs, tagged.Runs));
    }

    [Fact]
    public async Task All_selected_checks_must_pass_in_the_same_try()
    {
        var cache = new ScriptedCheck(HealthCheckResult.Healthy());
        using var host = GatedHost.Create(checks => AddGate(checks.AddCheck("cache", cache, tags: ["startup"]))).Start();

        await host.PausesForAsync(1);
        _db.Says(HealthCheckResult.Healthy());
        cache.Says(ScriptedCheck.Down);
        await host.PauseAsync(1);
        await host.PausesForAsync(2);

        Assert.False(host.Worker.IsStarted);
    }

    [Fact]
    public async Task Pauses_double_up_to_the_maximum()
    {
        using var host = GatedHost.Create(AddGate).Start();

        foreach (var seconds in new[] { 1, 2, 4, 8, 10, 10 })
        {
            await host.PauseAsync(seconds);
        }

        await host.PausesForAsync(10);
        _db.Says(HealthCheckResult.Healthy());
        await host.PauseAsync(10);
        await host.Starting.OrHung();
        Assert.Equal(8, _db.Runs);
    }

    [Fact]
    public async Task Pauses_are_as_configured()
    {
        using var host = GatedHost.Create(checks => AddGate(checks, o =>
            (o.Interval, o.MaximumInterval) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)))).Start();

        foreach (var seconds in new[] { 2, 4, 5, 5 })
        {
            await host.PauseAsync(seconds);
        }

        Assert.False(host.Worker.IsStarted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Degraded_is_accepted_unless_said_otherwise(bool accept)
    {
        _db.Says(HealthCheckResult.Degraded("Slow"));
        using var host = GatedHost.Create(checks => AddGate(checks, accept ? null : o => o.AcceptDegraded = false)).Start();

        await (accept ? host.Starting.OrHung() : host.PausesForAsync(1));

        Assert.Equal(accept, host.Worker.IsStarted);
    }

    [Fact]
    public async Task Two_gates_hold_one_after_the_other_with_options_of_their_own()
    {
        var cache = new ScriptedCheck(ScriptedCheck.Down);
        using var host = GatedHost.Create(checks => checks
            .AddCheck("db", _db)
            .AddCheck("cache", cache)
            .AddStartupGate(o => o.Predicate = check => check.Name is "db")
            .AddStartupGate(o => (o.Predicate, o.Interval) = (check => check.Name is "cache", TimeSpan.FromSeconds(3)))).Start();

        await host.PausesForAsync(1);
        Assert.Equal(0, cache.Runs);

        _db.Says(HealthCheckResult.Healthy());
        await host.PauseAsync(1);
        await host.PausesForAsync(3);
        Assert.False(host.Worker.IsStarted);

        cache.Says(HealthCheckResult.Healthy());
        await host.PauseAsync(3);
        await host.Starting.OrHung();
        Assert.True(host.Worker.IsStarted);
    }

    [Fact]
    public async Task Each_gate_has_all_its_time()
    {
        var cache = new ScriptedCheck(ScriptedCheck.Down);
        static void FiveSeconds(StartupGateOptions o) => o.Timeout = TimeSpan.FromSeconds(5);
        using var host = GatedHost.Create(checks => checks
            .AddCheck("db", _db, tags: ["first"]).AddCheck("cache", cache, tags: ["second"])
            .AddStartupGate("first", FiveSeconds).AddStartupGate("second", FiveSeconds)).Start();

        await host.PausesForAsync(1);
        _db.Says(HealthCheckResult.Healthy());
        await host.PauseAsync(1);
        await host.PauseAsync(1);
        await host.PauseAsync(2);
        await host.PauseAsync(1);

        Assert.Contains("'second'", (await host.FailsAsync<TimeoutException>()).Message, StringComparison.Ordinal);
    }

    private void AddGate(IHealthChecksBuilder checks) => AddGate(checks, configure: null);

    private void AddGate(IHealthChecksBuilder checks, Action<StartupGateOptions>? configure) =>
        checks.AddCheck("db", _db, tags: ["startup"]).AddStartupGate(configure);
}
