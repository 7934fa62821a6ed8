using System.Globalization;
using PodIdentity.HealthChecks.Probe.Listening;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Probe.Tests.Running;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Probe.Tests.Listening;

/// <summary>LISTEN_LOOKS sets how many rounds the watch makes, on simulated time.</summary>
[Collection(nameof(Alone))]
public sealed class LongWatchTests
{
    [Fact]
    public async Task A_watch_of_many_months_needs_no_more_memory_than_one_of_a_day()
    {
        var looks = int.Parse(Environment.GetEnvironmentVariable("LISTEN_LOOKS") ?? "20000", CultureInfo.InvariantCulture);
        var clock = new ManualTimeProvider();
        var question = new Scripted([.. Enumerable.Range(0, 8640).Select(i => i % 7 is 0 ? Scripted.Failing(NotIntercepted) : Scripted.Healthy()), Scripted.Healthy()]);
        var endpoints = new Endpoints(TimeSpan.FromSeconds(20), TimeSpan.Zero, clock);
        using var stopping = new CancellationTokenSource();
        var run = new WatchForever(question, TimeSpan.FromSeconds(10), clock, new TextReport(new Nowhere()), endpoints.Keep).RunAsync(stopping.Token);

        await WatchUntilAsync(8641);
        var afterADay = GC.GetTotalMemory(forceFullCollection: true);
        await WatchUntilAsync(8641 + looks);
        var afterAll = GC.GetTotalMemory(forceFullCollection: true);

        Assert.InRange(afterAll - afterADay, long.MinValue, 512 * 1024);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        async Task WatchUntilAsync(int rounds)
        {
            while (question.Asked < rounds)
            {
                if (clock.NextDue is { } due)
                {
                    clock.Advance(due);
                    Assert.Equal(200, endpoints.Answer(new Request(false, "/startupz", "", "")).Status);
                    Assert.Equal(200, endpoints.Answer(new Request(false, "/metrics", "", "")).Status);
                }

                await Task.Yield();
            }
        }
    }

    private sealed class Nowhere : IOutput
    {
        public bool WriteOut(string line) => true;

        public bool WriteError(string line) => true;

        public void DropUnread()
        {
        }
    }
}

/// <summary>Other tests would use memory meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
