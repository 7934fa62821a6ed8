using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using Azure.Core.Diagnostics;
using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Every way out of the process that anybody may watch, each searched for pieces of tokens: logs, traces, metrics, Azure's event sources.</summary>
internal sealed class Outlets : ILoggerProvider
{
    private readonly TokenWindows _tokens;
    private readonly ActivityListener _activities;
    private readonly MeterListener _metrics = new();
    private readonly AzureEventSourceListener _azure;
    private readonly ConcurrentDictionary<string, int> _texts = new(StringComparer.Ordinal);

    public Outlets(TokenWindows tokens)
    {
        _tokens = tokens;
        _azure = new AzureEventSourceListener((e, message) => Take("Azure SDK", [message, .. e.Payload?.Select(p => $"{p}") ?? []]), EventLevel.Verbose);
        _activities = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Take,
        };
        ActivitySource.AddActivityListener(_activities);
        _metrics.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        Measure<byte>();
        Measure<short>();
        Measure<int>();
        Measure<long>();
        Measure<float>();
        Measure<double>();
        Measure<decimal>();
        _metrics.Start();
    }

    /// <summary>What is going on, for the message about a leak.</summary>
    public string Scenario { get; set; } = "";

    public ConcurrentQueue<string> Leaks { get; } = new();

    /// <summary>How many texts came out where: a search that finds nothing must have had something to search.</summary>
    public IReadOnlyDictionary<string, int> Texts => _texts;

    public void Take(string outlet, params IEnumerable<string?> texts)
    {
        foreach (var text in texts.OfType<string>())
        {
            _texts.AddOrUpdate(outlet, 1, (_, count) => count + 1);
            if (_tokens.FindIn(text) is { } piece)
            {
                Leaks.Enqueue($"{outlet}, {Scenario}: '{piece}' in '{text[..Math.Min(500, text.Length)]}'");
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => new Watched(this);

    public void Dispose()
    {
        _azure.Dispose();
        _activities.Dispose();
        _metrics.Dispose();
    }

    private void Measure<T>()
        where T : struct => _metrics.SetMeasurementEventCallback<T>(
            (instrument, _, tags, _) => Take("metrics", [instrument.Name, .. tags.ToArray().SelectMany(t => new[] { t.Key, $"{t.Value}" })]));

    private void Take(Activity activity) => Take(
        "activities",
        [
            activity.DisplayName,
            activity.StatusDescription,
            .. activity.TagObjects.Concat(activity.Events.SelectMany(e => e.Tags)).SelectMany(t => new[] { t.Key, $"{t.Value}" }),
            .. activity.Baggage.SelectMany(b => new[] { b.Key, b.Value }),
        ]);

    private sealed class Watched(Outlets outlets) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            outlets.Take("logs", $"{state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => outlets.Take(
            "logs",
            [
                formatter(state, exception),
                exception?.ToString(),
                .. (state as IEnumerable<KeyValuePair<string, object?>> ?? []).SelectMany(p => new[] { p.Key, $"{p.Value}" }),
            ]);
    }
}
