using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Telemetry;

/// <summary>The measurements of a container's checks. Every label has few values: names of registrations, states, responders, reasons.</summary>
internal sealed class CheckMetrics
{
    private static readonly HealthStatus[] States = Enum.GetValues<HealthStatus>();

    private readonly ConcurrentDictionary<string, Verdict> _verdicts = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly Histogram<double>? _duration;
    private readonly Counter<long>? _coalesced;

    public CheckMetrics(IMeterFactory? factory, TimeProvider time)
    {
        _time = time;
        if (factory is null)
        {
            return;
        }

        var meter = factory.Create(PodIdentityMetrics.MeterName);
        var (duration, coalesced, status, lifetime) = (CheckInstrument.Duration, CheckInstrument.Coalesced, CheckInstrument.Status, CheckInstrument.Lifetime);
        _duration = meter.CreateHistogram(
            duration.Name,
            duration.Unit,
            duration.Description,
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = CheckInstrument.DurationBoundaries });
        _coalesced = meter.CreateCounter<long>(coalesced.Name, coalesced.Unit, coalesced.Description);
        meter.CreateObservableUpDownCounter(status.Name, Statuses, status.Unit, status.Description);
        meter.CreateObservableGauge(lifetime.Name, Lifetimes, lifetime.Unit, lifetime.Description);
    }

    public void Attempted(string check, Verdict verdict)
    {
        _verdicts[check] = verdict;
        _duration?.Record(verdict.Elapsed.TotalSeconds, new TagList
        {
            { CheckInstrument.Check, check },
            { CheckInstrument.Responder, verdict.Responder.ToString() },
            { CheckInstrument.Reason, verdict.Reason?.ToString() ?? CheckInstrument.NoReason },
        });
    }

    public void Coalesced(string check) => _coalesced?.Add(1, new KeyValuePair<string, object?>(CheckInstrument.Check, check));

    // The reason is no label here: the series of a past reason would live on beside that of today's.
    private IEnumerable<Measurement<int>> Statuses() =>
        from verdict in _verdicts
        from state in States
        select new Measurement<int>(
            verdict.Value.Status == state ? 1 : 0,
            new KeyValuePair<string, object?>(CheckInstrument.Check, verdict.Key),
            new KeyValuePair<string, object?>(CheckInstrument.State, state.ToString()));

    private IEnumerable<Measurement<double>> Lifetimes() =>
        from verdict in _verdicts
        where verdict.Value.TokenExpiresOn is not null
        select new Measurement<double>(
            (verdict.Value.TokenExpiresOn!.Value - _time.GetUtcNow()).TotalSeconds,
            new KeyValuePair<string, object?>(CheckInstrument.Check, verdict.Key));
}

/// <summary>What is measured of checks, in units as UCUM writes them: by the library's meter, and by what has no meter.</summary>
internal sealed record CheckInstrument(string Name, string Unit, string Description)
{
    // The label of the framework's own metrics of health checks, so that both can be joined.
    public const string Check = "dotnet.health_check.name";
    public const string State = "podidentity.health_check.state";
    public const string Responder = "podidentity.responder";
    public const string Reason = "podidentity.reason";
    public const string NoReason = "None";

    public static readonly CheckInstrument Status = new(
        "podidentity.health_check.status", "1", "1 for the state that the last attempt found, 0 for the others.");
    public static readonly CheckInstrument Duration = new("podidentity.health_check.attempt.duration", "s", "How long attempts took.");
    public static readonly CheckInstrument Coalesced = new(
        "podidentity.health_check.coalesced_calls", "{call}", "Calls answered without an attempt of their own.");
    public static readonly CheckInstrument Lifetime = new(
        "podidentity.health_check.token.remaining_lifetime", "s", "How much longer the last good token is valid.");

    /// <summary>From a token on the same node to a request that NMI holds back: the default buckets suit milliseconds.</summary>
    public static readonly double[] DurationBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
}
