using System.Diagnostics.Metrics;
using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Telemetry;

/// <summary>The measurements, read by a listener as an exporter would.</summary>
public sealed class MetricsTests : IDisposable
{
    private const string Meter = "PodIdentity.HealthChecks";

    private readonly List<(string Instrument, double Value, Dictionary<string, object?> Tags)> _measured = [];
    private readonly MeterListener _listener = new();

    public MetricsTests()
    {
        _listener.SetMeasurementEventCallback<double>((i, v, tags, _) => Add(i, v, tags));
        _listener.SetMeasurementEventCallback<long>((i, v, tags, _) => Add(i, v, tags));
        _listener.SetMeasurementEventCallback<int>((i, v, tags, _) => Add(i, v, tags));
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task An_attempt_is_measured_by_check_responder_and_reason()
    {
        await using var node = await Node.StartAsync();
        await using var pod = Pod(node);

        await pod.CheckAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        await pod.CheckAsync();

        var attempts = Of("podidentity.health_check.attempt.duration");
        Assert.Equal(2, attempts.Count);
        Assert.Equal(("pod_identity", "Nmi", "None"), LabelsOf(attempts[0].Tags));
        Assert.Equal(("pod_identity", "Unknown", "NmiUnreachable"), LabelsOf(attempts[1].Tags));
        Assert.All(attempts, a => Assert.InRange(a.Value, 0, 60));
    }

    [Fact]
    public async Task Calls_without_an_attempt_of_their_own_are_counted()
    {
        await using var node = await Node.StartAsync();
        await using var pod = Pod(node, o => o.ResultLifetime = TimeSpan.FromHours(1));

        await pod.CheckAsync();
        await pod.CheckAsync();
        await pod.CheckAsync();

        Assert.Equal(2, Of("podidentity.health_check.coalesced_calls").Sum(m => m.Value));
    }

    [Fact]
    public async Task The_last_verdict_and_the_tokens_remaining_lifetime_are_gauges()
    {
        await using var node = await Node.StartAsync();
        node.Imds.TokenLifetime = TimeSpan.FromHours(2);
        await using var pod = Pod(node);

        await pod.CheckAsync();
        _listener.RecordObservableInstruments();

        Assert.Equal(2, Assert.Single(Of("podidentity.health_check.status")).Value);
        Assert.InRange(Assert.Single(Of("podidentity.health_check.token.remaining_lifetime")).Value, 7000, 7201);
    }

    [Fact]
    public async Task No_label_is_unbounded()
    {
        await using var node = await Node.StartAsync();
        node.Imds.TokenFactory = _ => Guid.NewGuid().ToString();
        await using var pod = Pod(node);
        foreach (var fault in new[] { ImdsFault.None, ImdsFault.Forbidden, ImdsFault.Garbage, ImdsFault.NoToken })
        {
            node.Imds.Fault = fault;
            await pod.CheckAsync();
        }

        _listener.RecordObservableInstruments();

        string[] values = ["pod_identity", "None", .. Enum.GetNames<PodIdentityFailureReason>(), .. Enum.GetNames<PodIdentityResponder>()];
        Assert.NotEmpty(_measured);
        Assert.All(_measured.SelectMany(m => m.Tags), tag => Assert.Contains((string)tag.Value!, values, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_measured_twice_for_two_containers_that_listen_apart()
    {
        await using var node = await Node.StartAsync();
        await using var silent = CheckedPod.WithIdentity(node);
        await using var pod = Pod(node);

        await silent.CheckAsync();
        await pod.CheckAsync();

        Assert.Single(Of("podidentity.health_check.attempt.duration"));
    }

    private static (object? Check, object? Responder, object? Reason) LabelsOf(Dictionary<string, object?> tags) =>
        (tags["podidentity.health_check.name"], tags["podidentity.responder"], tags["podidentity.reason"]);

    private CheckedPod Pod(PodIdentitySimulator node, Action<PodIdentityHealthCheckOptions>? configure = null)
    {
        var pod = CheckedPod.Create(checks => checks.AddPodIdentity(CheckedPod.Options(node, configure)).Services.AddMetrics());
        var factory = pod.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.Equals(Meter, StringComparison.Ordinal) && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.Start();
        return pod;
    }

    private List<(string Instrument, double Value, Dictionary<string, object?> Tags)> Of(string instrument) =>
        [.. _measured.Where(m => m.Instrument.Equals(instrument, StringComparison.Ordinal))];

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _measured.Add((instrument.Name, value, tags.ToArray().ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal)));
}
