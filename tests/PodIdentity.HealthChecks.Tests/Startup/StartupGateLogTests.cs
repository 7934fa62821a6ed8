using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>What an operator reads while a gate holds.</summary>
public sealed class StartupGateLogTests
{
    private readonly ScriptedCheck _pod = new(ScriptedCheck.Failing(PodIdentityFailureReason.NmiUnreachable, "NMI refused the connection."));
    private readonly ScriptedCheck _db = new(ScriptedCheck.Down);

    [Fact]
    public async Task The_wait_is_told_from_its_beginning_to_its_end()
    {
        using var host = Start();

        await host.PausesForAsync(1);
        _pod.Says(ScriptedCheck.Failing(PodIdentityFailureReason.NmiNotActive, "NMI is not active."));
        _db.Says(HealthCheckResult.Healthy());
        await host.PauseAsync(1);
        await host.PauseAsync(2);
        await host.PausesForAsync(4);
        _pod.Says(HealthCheckResult.Healthy());
        await host.PauseAsync(4);
        await host.Starting.OrHung();

        Assert.Equal<LogLine>(
            [
                new(LogLevel.Information, 100, "StartupGateWaiting", "Start-up gate 'startup' waits up to 2 min 30 s for pod, db"),
                new(
                    LogLevel.Warning,
                    101,
                    "StartupGateHolding",
                    "Start-up gate 'startup' holds the host for up to 2 min 30 s more: "
                        + "pod: Unhealthy (NmiUnreachable): NMI refused the connection; db: Unhealthy: The port is shut"),
                new(
                    LogLevel.Warning,
                    101,
                    "StartupGateHolding",
                    "Start-up gate 'startup' holds the host for up to 2 min 29 s more: pod: Unhealthy (NmiNotActive): NMI is not active"),
                new(LogLevel.Information, 102, "StartupGateOpened", "Start-up gate 'startup' opened after 7 s, tries: 4"),
            ],
            host.Log.Lines);
    }

    [Fact]
    public async Task What_does_not_change_is_repeated_every_ten_seconds_or_so_and_no_more_often()
    {
        using var host = Start();

        foreach (var seconds in new[] { 1, 2, 4, 8 })
        {
            await host.PauseAsync(seconds);
        }

        await host.PauseAsync(10);
        await host.PausesForAsync(10);

        // At 0 s, 15 s and 25 s; the tries at 1 s, 3 s and 7 s had nothing new to tell.
        Assert.Equal<string>(
            ["2 min 30 s", "2 min 15 s", "2 min 5 s"],
            [.. host.Log.Lines.Where(l => l.Id == 101).Select(l => l.Text.Split(" up to ")[1].Split(" more")[0])]);
    }

    [Fact]
    public async Task Another_description_for_the_same_reason_is_no_change()
    {
        using var host = Start();

        await host.PausesForAsync(1);
        _pod.Says(ScriptedCheck.Failing(PodIdentityFailureReason.NmiUnreachable, "NMI refused the connection once more."));
        await host.PauseAsync(1);
        await host.PausesForAsync(2);

        Assert.Single(host.Log.Lines, l => l.Id == 101);
    }

    private GatedHost Start() => GatedHost.Create(checks => checks
        .AddCheck("pod", _pod, tags: ["startup"]).AddCheck("db", _db, tags: ["startup"]).AddStartupGate()).Start();
}
