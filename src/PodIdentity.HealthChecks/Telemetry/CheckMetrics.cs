using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Telemetry;

/// <summary>The measurements of a container's checks. Every label has few values: names of registrations, states, responders, reasons.</summary>
internal sealed class CheckMetrics
{
    // The label of the framework's own metrics of health checks, so that both can be joined.
    private const string Check = "dotnet.health_check.name";

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
        _duration = meter.CreateHistogram(
            "podidentity.health_check.attempt.duration",
            "s",
            "How long attempts took.",
            tags: null,
            // From a token on the same node to a request that NMI holds back: the default buckets suit milliseconds.
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] });
        _coalesced = meter.CreateCounter<long>(
            "podidentity.health_check.coalesced_calls", "{call}", "Calls answered without an attempt of their own.");
        meter.CreateObservableUpDownCounter(
            "podidentity.health_check.status", Statuses, "1", "1 for the state that the last attempt found, 0 for the others.");
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
                { Check, check },
                { "podidentity.responder", verdict.Responder.ToString() },
                { "podidentity.reason", verdict.Reason?.ToString() ?? "None" },
            });
        }
    }

    public void Coalesced(string check)
    {
        if (_coalesced is { Enabled: true })
        {
            _coalesced.Add(1, new KeyValuePair<string, object?>(Check, check));
        }
    }

    // The reason is no label here: the series of a past reason would live on beside that of today's.
    private IEnumerable<Measurement<int>> Statuses() =>
        from verdict in _verdicts
        from state in States
        select new Measurement<int>(
            verdict.Value.Status == state ? 1 : 0,
            new KeyValuePair<string, object?>(Check, verdict.Key),
            new KeyValuePair<string, object?>("podidentity.health_check.state", state.ToString()));

    private IEnumerable<Measurement<double>> Lifetimes() =>
        from verdict in _verdicts
        where verdict.Value.TokenExpiresOn is not null
        select new Measurement<double>(
            (verdict.Value.TokenExpiresOn!.Value - _time.GetUtcNow()).TotalSeconds,
            new KeyValuePair<string, object?>(Check, verdict.Key));
}
