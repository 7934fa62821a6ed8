using System.Globalization;

namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>Durations as Go writes them (<c>300ms</c>, <c>1m30s</c>, <c>1.5h</c>), and bare seconds.</summary>
internal static class GoDuration
{
    /// <summary>More than anybody waits, and far below where adding up would overflow.</summary>
    private const decimal MostTicks = TimeSpan.TicksPerDay * 365m;

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (TryReadNumber(text, out var seconds))
        {
            return TryAdd(ref duration, seconds, TimeSpan.TicksPerSecond);
        }

        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var number = rest[..LengthUntil(rest, isUnit: true)];
            rest = rest[number.Length..];
            var unit = rest[..LengthUntil(rest, isUnit: false)];
            rest = rest[unit.Length..];
            if (TicksOf(unit) is not { } ticks || !TryReadNumber(number, out var count) || !TryAdd(ref duration, count, ticks))
            {
                return false;
            }
        }

        return text.Length > 0;
    }

    private static int LengthUntil(ReadOnlySpan<char> text, bool isUnit)
    {
        var length = 0;
        while (length < text.Length && char.IsLetter(text[length]) != isUnit)
        {
            length++;
        }

        return length;
    }

    private static bool TryReadNumber(ReadOnlySpan<char> text, out decimal number) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);

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

    private static bool TryAdd(ref TimeSpan duration, decimal count, decimal ticks)
    {
        if (count > MostTicks / ticks || duration.Ticks + (count * ticks) > MostTicks)
        {
            return false;
        }

        duration += TimeSpan.FromTicks((long)(count * ticks));
        return true;
    }
}
