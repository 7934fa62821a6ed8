using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Telemetry;

/// <summary>
/// The measurements of a container's checks, under the meter <c>PodIdentity.HealthChecks</c>. Every label has few values: names of
/// registrations, responders, reasons.
/// </summary>
internal sealed class CheckMetrics
{
    public const string MeterName = "PodIdentity.HealthChecks";

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

        var meter = factory.Create(MeterName);
        _duration = meter.CreateHistogram<double>(
            "podidentity.health_check.attempt.duration", "s", "How long attempts to find out took.");
        _coalesced = meter.CreateCounter<long>(
            "podidentity.health_check.coalesced_calls", "{call}", "Calls that were answered without an attempt of their own.");
        meter.CreateObservableGauge(
            "podidentity.health_check.status", Statuses, unit: null, "The last verdict: 0 failing, 1 degraded, 2 healthy.");
        meter.CreateObservableGauge(
            "podidentity.health_check.token.remaining_lifetime", Lifetimes, "s", "How long the last token is still valid.");
    }

    public void Attempted(string check, Verdict verdict)
    {
        _verdicts[check] = verdict;
        if (_duration is { Enabled: true })
        {
            _duration.Record(verdict.Elapsed.TotalSeconds, new TagList
            {
                { "podidentity.health_check.name", check },
                { "podidentity.responder", verdict.Responder.ToString() },
                { "podidentity.reason", ReasonOf(verdict) },
            });
        }
    }

    public void Coalesced(string check)
    {
        if (_coalesced is { Enabled: true })
        {
            _coalesced.Add(1, new KeyValuePair<string, object?>("podidentity.health_check.name", check));
        }
    }

    private static string ReasonOf(Verdict verdict) => verdict.Reason?.ToString() ?? "None";

    private IEnumerable<Measurement<int>> Statuses() => _verdicts.Select(v => new Measurement<int>(
        (int)v.Value.Status,
        new("podidentity.health_check.name", v.Key),
        new("podidentity.reason", ReasonOf(v.Value))));

    private IEnumerable<Measurement<double>> Lifetimes() =>
        from verdict in _verdicts
        where verdict.Value.TokenExpiresOn is not null
        select new Measurement<double>(
            (verdict.Value.TokenExpiresOn!.Value - _time.GetUtcNow()).TotalSeconds,
            new KeyValuePair<string, object?>("podidentity.health_check.name", verdict.Key));
}
