using PodIdentity.HealthChecks.Probe.Settings;

namespace PodIdentity.HealthChecks.Probe.Tests.Settings;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("3", 3_000)]
    [InlineData("0.5", 500)]
    [InlineData("3s", 3_000)]
    [InlineData("300ms", 300)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("1h2m3s4ms", 3_723_004)]
    [InlineData("2500us", 2.5)]
    [InlineData("2500µs", 2.5)]
    [InlineData("1000000ns", 1)]
    [InlineData(".5s", 500)]
    public void A_duration_is_what_Go_says_it_is_and_a_bare_number_is_seconds(string text, double milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("soon")]
    [InlineData("-3s")]
    [InlineData("+3s")]
    [InlineData("3 s")]
    [InlineData(" 3s")]
    [InlineData("3s ")]
    [InlineData("3S")]
    [InlineData("3d")]
    [InlineData("1m30")]
    [InlineData("1,5s")]
    [InlineData("1e3s")]
    [InlineData("0x10s")]
    [InlineData("1.2.3s")]
    [InlineData(".")]
    [InlineData("..s")]
    [InlineData("00:00:03")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("9999999h")]
    [InlineData("8759h9999m")]
    [InlineData("99999999999999999999999999999999999s")]
    public void Anything_else_is_none(string text) => Assert.False(GoDuration.TryParse(text, out _));
}
