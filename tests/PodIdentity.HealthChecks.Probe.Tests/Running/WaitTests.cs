using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Probe.Tests.Running;

/// <summary>How <c>wait</c> passes its time.</summary>
public sealed class WaitTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Lines _lines = new();

    private static TimeSpan Patience => TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Six_attempts_are_made_with_the_usual_delays_between_them()
    {
        var question = new Scripted(Scripted.Failing(NmiUnreachable));
        var run = Run(question);

        foreach (var delay in new[] { 3, 6, 10, 10, 10 })
        {
            await PassAsync(delay);
        }

        Assert.Equal(ExitCode.Nmi, await run);
        Assert.Equal(6, question.Asked);
        Assert.Equal("Attempt 1 of 6: Unhealthy (NmiUnreachable): broken. Next attempt in 3 s; 10 min 39 s left at most.", _lines.All[0]);
        Assert.Equal("Attempt 6 of 6: Unhealthy (NmiUnreachable): broken. This was the last attempt.", _lines.All[^1]);
    }

    [Fact]
    public async Task It_ends_with_the_first_success()
    {
        var question = new Scripted(Scripted.Failing(NmiUnreachable), Scripted.Failing(IdentityNotBound), Scripted.Healthy());
        var run = Run(question);

        await PassAsync(3);
        await PassAsync(6);

        Assert.Equal(ExitCode.Healthy, await run);
        Assert.Equal("Healthy: well.", _lines.All[^1]);
    }

    [Fact]
    public async Task The_last_failure_is_the_exit_code()
    {
        var run = Run(new Scripted(Scripted.Failing(NmiUnreachable), Scripted.Failing(IdentityNotBound)), count: 1);

        await PassAsync(3);

        Assert.Equal(ExitCode.Identity, await run);
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(60, 10)]
    public async Task Retry_After_is_honoured_within_the_most(int retryAfter, int delay)
    {
        var run = Run(new Scripted(Scripted.Failing(Throttled, TimeSpan.FromSeconds(retryAfter)), Scripted.Healthy()));

        await PassAsync(delay);

        Assert.Equal(ExitCode.Healthy, await run);
    }

    [Fact]
    public async Task Every_ten_seconds_without_an_answer_it_says_that_it_waits()
    {
        using var stopping = new CancellationTokenSource();
        var run = RunUntilAsync(new Unanswered(), 5, stopping.Token);

        _clock.Advance(TimeSpan.FromSeconds(25));
        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(
            [
                "Still waiting after 10 s; at most 12 min 29 s left.",
                "Still waiting after 20 s; at most 12 min 19 s left.",
            ],
            _lines.All);
    }

    private Task<int> Run(IQuestion question, int count = 5) => RunUntilAsync(question, count, TestContext.Current.CancellationToken);

    private Task<int> RunUntilAsync(IQuestion question, int count, CancellationToken stopping) =>
        new WaitUntilHealthy(question, new Retries(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10), count), Patience, _clock, new TextReport(_lines))
            .RunAsync(stopping);

    /// <summary>The delay's own timer is the one that has come to be beside that of the line of progress.</summary>
    private async Task PassAsync(int seconds)
    {
        while (_clock.Waiting < 2)
        {
            await Task.Yield();
        }

        _clock.Advance(TimeSpan.FromSeconds(seconds));
    }
}
