namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>A time during which a lane said the same.</summary>
internal sealed record Segment(DateTimeOffset From, DateTimeOffset To, string Status, string? Reason, string? Hint, bool Wrong);

/// <summary>A lane's last hour.</summary>
/// <param name="Name">The lane's name.</param>
/// <param name="About">What it is, in a few words.</param>
/// <param name="IsJudged">Whether it is compared with the truth.</param>
/// <param name="WrongSeconds">For how long it contradicted the truth.</param>
/// <param name="Segments">What it said.</param>
internal sealed record LaneHistory(string Name, string About, bool IsJudged, double WrongSeconds, IReadOnlyList<Segment> Segments);

/// <summary>What the lanes said in the last hour, beside the truth.</summary>
internal sealed class Timeline(IReadOnlyList<Lane> lanes, TimeSpan period)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly object _lock = new();
    private readonly List<Segment> _truth = [];
    private readonly List<Segment>[] _lanes = [.. lanes.Select(_ => new List<Segment>())];
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    /// <summary>Adds what was true and what the lanes said by now, since the sample before.</summary>
    /// <param name="now">The time of the sample.</param>
    /// <param name="truth">What is true.</param>
    /// <param name="isSettled">Whether that was so all the while the lanes were asked. If not, nobody is judged by it.</param>
    public void Add(DateTimeOffset now, Told truth, bool isSettled)
    {
        lock (_lock)
        {
            // A sample stands for the time since the one before, unless nobody looked in between.
            var from = _last > now - (2 * period) && _last < now ? _last : now - period;
            Append(_truth, from, now, truth, isWrong: false);
            foreach (var (lane, segments) in lanes.Zip(_lanes))
            {
                if (lane.Last is { } told)
                {
                    Append(segments, from, now, told, isSettled && lane.IsJudged && told.Passes != truth.Passes);
                }
            }

            _last = now;
        }
    }

    /// <summary>What was recorded after a point in time: all of it, or what is new.</summary>
    public (LaneHistory Truth, IReadOnlyList<LaneHistory> Lanes, DateTimeOffset At) Read(DateTimeOffset after)
    {
        lock (_lock)
        {
            return (
                Of("Truth", "would a fresh request get the right token?", isJudged: false, _truth, after),
                [.. lanes.Zip(_lanes).Select(l => Of(l.First.Name, l.First.About, l.First.IsJudged, l.Second, after))],
                _last);
        }
    }

    private static LaneHistory Of(string name, string about, bool isJudged, List<Segment> segments, DateTimeOffset after) =>
        new(name, about, isJudged, Math.Round(segments.Where(s => s.Wrong).Sum(s => (s.To - s.From).TotalSeconds), 1), [.. segments.Where(s => s.To > after)]);

    private static void Append(List<Segment> segments, DateTimeOffset from, DateTimeOffset now, Told told, bool isWrong)
    {
        var next = new Segment(from, now, told.Status.ToString(), told.Reason, told.Hint, isWrong);
        if (segments.Count > 0 && segments[^1] is var last && last == next with { From = last.From, To = from })
        {
            segments[^1] = last with { To = now };
        }
        else
        {
            segments.Add(next);
        }

        segments.RemoveAll(s => s.To <= now - Kept);
    }
}
