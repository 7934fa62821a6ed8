using System.Buffers;
using System.Globalization;

namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>Durations as Go writes them (<c>300ms</c>, <c>1m30s</c>, <c>1.5h</c>), and bare seconds.</summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>More than anybody waits, and far from overflowing a sum.</summary>
    private const decimal MaxTicks = TimeSpan.TicksPerDay * 365m;

    public static TimeSpan Parse(string text) => TryParse(text, out var duration) ? duration : throw new FormatException(text);

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var total = 0m;
        var rest = (text.AsSpan().ContainsAnyExcept(Digits) ? text : $"{text}s").AsSpan();
        while (!rest.IsEmpty)
        {
            var number = rest[..Math.Max(0, rest.IndexOfAnyExcept(Digits))];
            rest = rest[number.Length..];
            var next = rest.IndexOfAny(Digits);
            var unit = next < 0 ? rest : rest[..next];
            rest = rest[unit.Length..];
            if (TicksOf(unit) is not { } ticks
                || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                || count > MaxTicks / ticks
                || (total += count * ticks) > MaxTicks)
            {
                return false;
            }
        }

        duration = TimeSpan.FromTicks((long)total);
        return true;
    }

    private static decimal? TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "h" => TimeSpan.TicksPerHour,
        "m" => TimeSpan.TicksPerMinute,
        "s" => TimeSpan.TicksPerSecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ns" => TimeSpan.TicksPerMicrosecond / 1000m,
        _ => null,
    };
}
