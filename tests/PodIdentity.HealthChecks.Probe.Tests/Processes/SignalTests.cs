using System.Runtime.InteropServices;
using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>A pod that is deleted does not wait for its probe.</summary>
public sealed class SignalTests
{
    [Theory]
    [InlineData("watch token", PosixSignal.SIGTERM, 0)]
    [InlineData("watch nmi", PosixSignal.SIGTERM, 0)]
    [InlineData("watch all", PosixSignal.SIGINT, 0)]
    public async Task A_watch_ends_cleanly(string arguments, PosixSignal signal, int code)
    {
        SkipUnlessItArrives(signal);
        await using var node = await Pod.StartAsync();
        using var probe = ProbeProcess.Start(arguments, node.Environment());

        Assert.StartsWith("Healthy: ", await probe.ReadLineAsync(), Ordinal);
        probe.Signal(signal);
        var result = await probe.EndAsync();

        Assert.Equal(code, result.ExitCode);
        Assert.EndsWith($"Stopped by {signal}.\n", result.Output, Ordinal);
    }

    [Theory]
    [InlineData("", PosixSignal.SIGTERM, 143)]
    [InlineData("wait all", PosixSignal.SIGTERM, 143)]
    [InlineData("wait token", PosixSignal.SIGINT, 130)]
    public async Task A_wait_that_is_stopped_has_not_succeeded(string arguments, PosixSignal signal, int code)
    {
        SkipUnlessItArrives(signal);
        await using var node = await Pod.StartAsync(timeScale: 1);
        node.Pod.UnbindAll();
        using var probe = ProbeProcess.Start(arguments, node.Environment());

        await node.WhenRequests(Pod.IsTokenRequest, 1, TestContext.Current.CancellationToken);
        probe.Signal(signal);

        Assert.Equal(code, (await probe.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_second_signal_changes_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await using var node = await Pod.StartAsync();
        using var probe = ProbeProcess.Start("watch token", node.Environment());
        await probe.ReadLineAsync();

        var end = probe.EndAsync();
        while (!end.IsCompleted)
        {
            probe.TrySignal(PosixSignal.SIGTERM);
            await Task.Yield();
        }

        Assert.Equal(0, (await end).ExitCode);
    }

    [Fact]
    public async Task A_watch_that_is_switched_off_stays_until_it_is_stopped()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var probe = ProbeProcess.Start("watch all", ("POD_IDENTITY_DISABLED", "1"));

        Assert.Equal("Nothing is checked: POD_IDENTITY_DISABLED is set.", await probe.ReadLineAsync());
        probe.Signal(PosixSignal.SIGTERM);

        Assert.Equal(0, (await probe.EndAsync()).ExitCode);
    }

    /// <summary>A shell starts what runs in the background with SIGINT ignored, its children inherit that, and .NET respects it.</summary>
    private static void SkipUnlessItArrives(PosixSignal signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        const ulong Sigint = 1 << 1;
        var ignored = File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status").Where(l => l.StartsWith("SigIgn:", Ordinal)).Select(l => Convert.ToUInt64(l[7..].Trim(), 16)).FirstOrDefault()
            : 0;
        Assert.SkipWhen(signal is PosixSignal.SIGINT && (ignored & Sigint) != 0, "The tests run in the background, where SIGINT is ignored.");
    }
}
