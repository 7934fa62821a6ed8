using Microsoft.Extensions.Hosting;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>A gate that does not open says why, and one that is told to give up does.</summary>
public sealed class StartupGateFailureTests
{
    private readonly ScriptedCheck _pod = new(
        ScriptedCheck.Failing(PodIdentityFailureReason.IdentityNotBound, "NMI has no identity for this pod. Compare the label."));

    [Fact]
    public async Task A_timeout_ends_the_start_with_each_failing_check_its_reason_and_its_description()
    {
        var db = new ScriptedCheck(ScriptedCheck.Down);
        using var host = StartGate(checks => checks
            .AddCheck("db", db, tags: ["startup"]).AddCheck("cache", new ScriptedCheck(HealthCheckResult.Healthy("Warm")), tags: ["startup"]));

        await host.PauseAsync(1);
        await host.PauseAsync(2);
        await host.PauseAsync(1);

        Assert.Equal(
            """
            Start-up gate 'startup' did not open within 5 s (tries: 4), and the host did not start:
            - pod: Unhealthy (IdentityNotBound): NMI has no identity for this pod. Compare the label.
            - db: Unhealthy: The port is shut
            To start without waiting, set PODIDENTITY_STARTUP_GATE_DISABLED=true.
            """,
            (await host.FailsAsync<TimeoutException>()).Message,
            ignoreLineEndingDifferences: true);
        Assert.False(host.Worker.IsStarted);
    }

    public static TheoryData<string, Func<Task<HealthCheckResult>>> ChecksWithAnException => new()
    {
        { "thrown", () => throw new InvalidOperationException("Password=hunter2") },
        { "thrown later", () => Task.FromException<HealthCheckResult>(new InvalidOperationException("Password=hunter2")) },
        { "handed over", () => Task.FromResult(HealthCheckResult.Unhealthy(exception: new InvalidOperationException("Password=hunter2"))) },
        { "quoted", () => Task.FromResult(HealthCheckResult.Unhealthy("Failed: Password=hunter2", new InvalidOperationException("Password=hunter2"))) },
    };

    [Theory]
    [MemberData(nameof(ChecksWithAnException))]
    public async Task The_text_of_a_checks_exception_is_not_told(string how, Func<Task<HealthCheckResult>> answer)
    {
        using var host = StartGate(checks => checks.AddCheck("db", new ScriptedCheck(answer), tags: ["startup"]));

        await host.PauseAsync(1);
        await host.PauseAsync(2);
        await host.PauseAsync(1);

        var message = (await host.FailsAsync<TimeoutException>()).Message;
        Assert.True(message.Contains("- db: Unhealthy: it threw InvalidOperationException", StringComparison.Ordinal), $"{how}: {message}");
        Assert.DoesNotContain("hunter2", message, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Log.Lines, l => l.Text.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_description_beside_an_exception_is_told()
    {
        _pod.Says(HealthCheckResult.Unhealthy("The replica is behind", new InvalidOperationException("Password=hunter2")));
        using var host = StartGate();

        await host.PauseAsync(1);
        await host.PauseAsync(2);
        await host.PauseAsync(1);

        Assert.Contains("pod: Unhealthy: The replica is behind", (await host.FailsAsync<TimeoutException>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_description_stays_on_its_line()
    {
        _pod.Says(HealthCheckResult.Unhealthy("down\r\ninfo: all is well"));
        using var host = StartGate();

        await host.PausesForAsync(1);

        Assert.Contains(host.Log.Lines, l => l.Text.EndsWith("pod: Unhealthy: down info: all is well", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_check_that_hangs_is_named()
    {
        var db = new ScriptedCheck(ScriptedCheck.Down);
        db.Hangs();
        using var host = StartGate(checks => checks.AddCheck("db", db, tags: ["startup"]));

        await host.Clock.WhenWaitingFor(TimeSpan.FromSeconds(5)).OrHung();
        host.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Contains("- db: Unanswered: it gave no answer", (await host.FailsAsync<TimeoutException>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_check_said_before_outlives_a_last_try_that_is_cut_short()
    {
        using var host = StartGate();

        await host.PausesForAsync(1);
        _pod.Hangs();
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.Clock.WhenWaitingFor(TimeSpan.FromSeconds(4)).OrHung();
        host.Clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Contains("IdentityNotBound", (await host.FailsAsync<TimeoutException>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_passed_before_and_hangs_in_the_last_try_is_named()
    {
        var db = new ScriptedCheck(HealthCheckResult.Healthy());
        using var host = StartGate(checks => checks.AddCheck("db", db, tags: ["startup"]));

        await host.PausesForAsync(1);
        _pod.Says(HealthCheckResult.Healthy());
        db.Hangs();
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.Clock.WhenWaitingFor(TimeSpan.FromSeconds(4)).OrHung();
        host.Clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Contains("- db: Unanswered", (await host.FailsAsync<TimeoutException>()).Message, StringComparison.Ordinal);
        Assert.False(host.Worker.IsStarted);
    }

    [Fact]
    public async Task Cancelling_the_start_ends_a_pause()
    {
        using var host = StartGate();

        await host.PausesForAsync(1);
        await host.AbortAsync();

        await host.FailsAsync<OperationCanceledException>();
        Assert.False(host.Worker.IsStarted);
    }

    [Fact]
    public async Task Cancelling_the_start_ends_a_try()
    {
        _pod.Hangs();
        using var host = StartGate();

        await host.Clock.WhenWaitingFor(TimeSpan.FromSeconds(5)).OrHung();
        await host.AbortAsync();

        await host.FailsAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task A_shutdown_during_the_wait_ends_it()
    {
        using var host = StartGate();

        await host.PausesForAsync(1);
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await host.FailsAsync<OperationCanceledException>();
        Assert.False(host.Worker.IsStarted);
    }

    [Fact]
    public async Task The_hosts_own_time_for_its_start_is_respected()
    {
        // That one is the host's, on the real clock; the gate's stands still.
        using var host = GatedHost.Create(
            checks => checks.AddCheck("pod", _pod, tags: ["startup"]).AddStartupGate(), o => o.StartupTimeout = TimeSpan.FromMilliseconds(100)).Start();

        await host.FailsAsync<OperationCanceledException>();
        Assert.False(host.Worker.IsStarted);
    }

    private GatedHost StartGate(Action<IHealthChecksBuilder>? more = null) => GatedHost.Create(checks =>
    {
        checks.AddCheck("pod", _pod, tags: ["startup"]);
        more?.Invoke(checks);
        checks.AddStartupGate(o => o.Timeout = TimeSpan.FromSeconds(5));
    }).Start();
}
