using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Probe.Files;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Telemetry;

namespace PodIdentity.HealthChecks.Probe.Listening;

/// <summary>
/// What the library's meter measures, of a watch. It counts by itself: the executable has no meters, which would make it larger than these lines.
/// </summary>
/// <param name="goodFor">How long a round is good for: after that, all that is known is that the watch is stuck.</param>
/// <param name="time">The clock.</param>
internal sealed class WatchMetrics(TimeSpan goodFor, TimeProvider time)
{
    private static readonly HealthStatus[] States = Enum.GetValues<HealthStatus>();

    private readonly Lock _lock = new();
    private readonly SortedDictionary<(string Check, string Responder, string Reason), Distribution> _durations = [];
    private readonly SortedDictionary<string, long> _calls = new(StringComparer.Ordinal);
    private Round? _round;

    public void Keep(Round round)
    {
        lock (_lock)
        {
            _round = round;
            foreach (var (subject, verdict) in round.Answers.Where(a => a.Verdict.IsFresh).Select(a => (a.Subject, a.Verdict)))
            {
                var key = (subject, $"{verdict.Responder}", verdict.Reason?.ToString() ?? CheckInstrument.NoReason);
                _durations.TryAdd(key, new Distribution());
                _durations[key].Add(verdict.Elapsed.TotalSeconds);
            }
        }
    }

    /// <summary>Somebody was told what a round had found.</summary>
    public void Called(Round? round)
    {
        lock (_lock)
        {
            foreach (var answer in round?.Answers ?? [])
            {
                _calls[answer.Subject] = _calls.GetValueOrDefault(answer.Subject) + 1;
            }
        }
    }

    public string Format(bool asOpenMetrics)
    {
        var text = new Exposition(asOpenMetrics);
        lock (_lock)
        {
            var answers = _round is not { } round ? []
                : time.GetElapsedTime(round.At) <= goodFor ? round.Answers
                : [WatchStatus.Answer(HealthStatus.Unhealthy, "The watch is stuck.")];
            text.Family(CheckInstrument.Status, "gauge");
            foreach (var answer in answers)
            {
                foreach (var state in States)
                {
                    text.Sample("", answer.Verdict.Status == state ? 1 : 0, (CheckInstrument.Check, answer.Subject), (CheckInstrument.State, $"{state}"));
                }
            }

            text.Family(CheckInstrument.Duration, "histogram");
            foreach (var ((check, responder, reason), distribution) in _durations)
            {
                distribution.Write(text, (CheckInstrument.Check, check), (CheckInstrument.Reason, reason), (CheckInstrument.Responder, responder));
            }

            text.Family(CheckInstrument.Coalesced, "counter");
            foreach (var (check, calls) in _calls)
            {
                text.Sample("_total", calls, (CheckInstrument.Check, check));
            }

            text.Family(CheckInstrument.Lifetime, "gauge");
            foreach (var answer in answers)
            {
                if (answer.Verdict.TokenExpiresOn is { } expiry)
                {
                    text.Sample("", (expiry - time.GetUtcNow()).TotalSeconds, (CheckInstrument.Check, answer.Subject));
                }
            }
        }

        return text.End();
    }

    /// <summary>How many values were how large.</summary>
    private sealed class Distribution
    {
        private readonly long[] _counts = new long[CheckInstrument.DurationBoundaries.Length + 1];
        private double _sum;

        public void Add(double value)
        {
            var bucket = Array.FindIndex(CheckInstrument.DurationBoundaries, boundary => value <= boundary);
            _counts[bucket < 0 ? ^1 : bucket]++;
            _sum += value;
        }

        public void Write(Exposition text, params (string, string)[] labels)
        {
            var count = 0L;
            for (var i = 0; i < _counts.Length; i++)
            {
                count += _counts[i];
                var boundary = i < CheckInstrument.DurationBoundaries.Length ? text.Number(CheckInstrument.DurationBoundaries[i]) : "+Inf";
                text.Sample("_bucket", count, [.. labels, ("le", boundary)]);
            }

            text.Sample("_sum", _sum, labels);
            text.Sample("_count", count, labels);
        }
    }
}
