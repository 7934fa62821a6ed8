using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Probe.Tests.Running;

/// <summary>What <c>watch</c> says, and when it asks.</summary>
public sealed class WatchTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Lines _lines = new();
    private readonly List<PodIdentityFailureReason?> _kept = [];

    [Fact]
    public async Task Only_changes_are_said()
    {
        var question = new Scripted(
            Scripted.Healthy(), Scripted.Healthy(), Scripted.Failing(NotIntercepted), Scripted.Failing(NotIntercepted), Scripted.Healthy());

        await WatchAsync(question, rounds: 5);

        Assert.Equal(["Healthy: well.", "Unhealthy (NotIntercepted): broken.", "Healthy: well."], _lines.All);
    }

    [Fact]
    public async Task A_change_is_said_until_somebody_takes_it()
    {
        _lines.Unread = 2;

        await WatchAsync(new Scripted(Scripted.Failing(NotIntercepted)), rounds: 5);

        Assert.Equal(["Unhealthy (NotIntercepted): broken."], _lines.All);
    }

    [Fact]
    public async Task Every_round_is_kept()
    {
        await WatchAsync(new Scripted(Scripted.Healthy(), Scripted.Failing(NotIntercepted)), rounds: 4);

        Assert.Equal([null, NotIntercepted, NotIntercepted, NotIntercepted], _kept.Take(4));
    }

    private async Task WatchAsync(Scripted question, int rounds)
    {
        using var stopping = new CancellationTokenSource();
        var run = Start(question, stopping.Token);
        while (question.Asked < rounds)
        {
            if (_clock.Waiting > 0)
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
            }

            await Task.Yield();
        }

        await EndAsync(run, stopping);
    }

    private Task Start(IQuestion question, CancellationToken stopping) =>
        new WatchForever(question, TimeSpan.FromSeconds(10), _clock, new TextReport(_lines), round => _kept.Add(round.Answers[0].Verdict.Reason)).RunAsync(stopping);

    private static async Task EndAsync(Task run, CancellationTokenSource stopping)
    {
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }
}
