using PodIdentity.HealthChecks.Probe.Running;

namespace PodIdentity.HealthChecks.Probe.Tests.Running;

public sealed class RetriesTests
{
    private static readonly Retries Usual = new(Seconds(3), Seconds(10), 5);

    [Fact]
    public void The_delay_doubles_from_the_least_to_the_most() =>
        Assert.Equal([3, 6, 10, 10, 10], Enumerable.Range(1, 5).Select(a => Usual.DelayAfter(a).TotalSeconds));

    [Theory]
    [InlineData(1, 5, 5)]
    [InlineData(1, 1, 3)]
    [InlineData(1, 20, 10)]
    [InlineData(4, 5, 10)]
    public void What_the_answer_asks_for_is_honoured_up_to_the_most(int attempt, int retryAfter, int delay) =>
        Assert.Equal(Seconds(delay), Usual.DelayAfter(attempt, Seconds(retryAfter)));

    [Fact]
    public void Without_a_least_wait_only_the_first_retry_comes_at_once() => Assert.Equal(
        [0, 0.1, 0.2, 0.4, 0.5, 0.5], Enumerable.Range(1, 6).Select(a => new Retries(TimeSpan.Zero, Seconds(0.5), 9).DelayAfter(a).TotalSeconds));

    [Fact]
    public void The_time_left_is_that_of_all_attempts_and_delays_to_come()
    {
        Assert.Equal(Seconds((5 * 120) + 6 + 10 + 10 + 10), Usual.LongestAfter(1, Seconds(120)));
        Assert.Equal(Seconds(120), Usual.LongestAfter(5, Seconds(120)));
        Assert.Equal(TimeSpan.Zero, Usual.LongestAfter(6, Seconds(120)));
    }

    private static TimeSpan Seconds(double count) => TimeSpan.FromSeconds(count);
}
