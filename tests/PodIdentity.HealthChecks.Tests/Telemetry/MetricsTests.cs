using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Telemetry;

/// <summary>The measurements, read by a listener as an exporter would.</summary>
public sealed partial class MetricsTests : IDisposable
{
    private readonly List<(Instrument Instrument, double Value, Dictionary<string, object?> Tags)> _measured = [];
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
    public async Task Each_possible_state_is_1_while_the_check_is_in_it_and_0_otherwise()
    {
        await using var node = await Node.StartAsync();
        await using var pod = Pod(node);

        await node.Nmi.SetStateAsync(NmiState.Killed);
        await pod.CheckAsync();
        Assert.Equal([("Degraded", 0), ("Healthy", 0), ("Unhealthy", 1)], States());

        await node.Nmi.SetStateAsync(NmiState.Active);
        await pod.CheckAsync();
        Assert.Equal([("Degraded", 0), ("Healthy", 1), ("Unhealthy", 0)], States());

        node.Imds.TokenLifetime = TimeSpan.FromMinutes(1);
        await pod.CheckAsync();
        Assert.Equal([("Degraded", 1), ("Healthy", 0), ("Unhealthy", 0)], States());
    }

    [Fact]
    public async Task The_tokens_remaining_lifetime_is_a_gauge()
    {
        var clock = new ManualTimeProvider();
        await using var node = await Node.StartAsync();
        await using var pod = Pod(node, time: clock);
        var expiresOn = (DateTimeOffset)(await pod.CheckAsync()).Data[PodIdentityDataKeys.ExpiresOn];

        clock.Advance(TimeSpan.FromHours(1));
        _listener.RecordObservableInstruments();

        Assert.Equal(
            (expiresOn - clock.GetUtcNow()).TotalSeconds,
            Assert.Single(Of("podidentity.health_check.token.remaining_lifetime")).Value);
    }

    [Fact]
    public async Task The_lifetime_of_the_token_that_a_pod_lives_on_is_measured_until_that_token_is_found_to_be_wrong()
    {
        var clock = new ManualTimeProvider();
        await using var node = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = clock, TestContext.Current.CancellationToken);
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        await using var pod = Pod(node, o => o.NmiHealthEndpoint = null, clock);
        var expiresOn = (DateTimeOffset)(await pod.CheckAsync()).Data[PodIdentityDataKeys.ExpiresOn];

        node.Imds.Fault = ImdsFault.Throttled;
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HealthStatus.Degraded, (await pod.CheckAsync()).Status);
        _listener.RecordObservableInstruments();
        Assert.Equal((expiresOn - clock.GetUtcNow()).TotalSeconds, Assert.Single(Of("podidentity.health_check.token.remaining_lifetime")).Value);

        node.Imds.Fault = ImdsFault.None;
        node.Imds.Clear();
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HealthStatus.Unhealthy, (await pod.CheckAsync()).Status);
        _measured.Clear();
        _listener.RecordObservableInstruments();
        Assert.Empty(Of("podidentity.health_check.token.remaining_lifetime"));
    }

    [Fact]
    public async Task The_lifetime_of_another_identitys_token_is_not_measured()
    {
        await using var node = await Node.StartAsync();
        await using var pod = Pod(node, o => o.ExpectedClientId = "11111111-2222-3333-4444-555555555555");

        (await pod.CheckAsync()).ShouldFailFor(PodIdentityFailureReason.IdentityMismatch);
        _listener.RecordObservableInstruments();

        Assert.Empty(Of("podidentity.health_check.token.remaining_lifetime"));
    }

    [Fact]
    public async Task Attempts_of_milliseconds_and_of_minutes_fall_into_different_buckets()
    {
        await using var node = await Node.StartAsync();
        await using var pod = Pod(node);
        await pod.CheckAsync();

        var instrument = (Histogram<double>)Assert.Single(Of("podidentity.health_check.attempt.duration")).Instrument;
        var bounds = instrument.Advice!.HistogramBucketBoundaries!;

        Assert.Equal((0.005, 120), (bounds[0], bounds[^1]));
        double[] seconds = [0.004, 0.02, 0.04, 0.2, 0.4, 2, 4, 20, 40, 100, 130];
        Assert.Distinct(seconds.Select(s => bounds.Count(bound => bound < s)));
    }

    [Fact]
    public async Task The_READMEs_table_of_instruments_is_complete_and_true()
    {
        await using var node = await Node.StartAsync();
        await using var pod = Pod(node, o => o.ResultLifetime = TimeSpan.FromHours(1));
        await pod.CheckAsync();
        await pod.CheckAsync();
        _listener.RecordObservableInstruments();

        var measured = _measured.Select(m => string.Join(
            " | ",
            $"`{m.Instrument.Name}`",
            m.Instrument.GetType().Name.Replace("Observable", "", StringComparison.Ordinal).Replace("`1", "", StringComparison.Ordinal),
            $"`{m.Instrument.Unit}`",
            string.Join(", ", m.Tags.Keys.Order(StringComparer.Ordinal).Select(label => $"`{label}`")))).Distinct(StringComparer.Ordinal);
        var readme = Path.Combine(Repository.Root, "src", "PodIdentity.HealthChecks", "README.md");
        var listed = Row().Matches(await File.ReadAllTextAsync(readme, TestContext.Current.CancellationToken)).Select(m => m.Groups["row"].Value);

        Assert.Equal(measured.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal), StringComparer.Ordinal);
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

        string[] values = ["pod_identity", "None", .. Enum.GetNames<HealthStatus>(), .. Enum.GetNames<PodIdentityFailureReason>(), .. Enum.GetNames<PodIdentityResponder>()];
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

    [GeneratedRegex(@"^\| (?<row>`podidentity\..*) \| [^|]* \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    private static (object? Check, object? Responder, object? Reason) LabelsOf(Dictionary<string, object?> tags) =>
        (tags["dotnet.health_check.name"], tags["podidentity.responder"], tags["podidentity.reason"]);

    private IEnumerable<(string State, double Value)> States()
    {
        _measured.Clear();
        _listener.RecordObservableInstruments();
        return Of("podidentity.health_check.status")
            .Select(m => ((string)m.Tags["podidentity.health_check.state"]!, m.Value))
            .OrderBy(s => s.Item1, StringComparer.Ordinal);
    }

    private CheckedPod Pod(PodIdentitySimulator node, Action<PodIdentityHealthCheckOptions>? configure = null, TimeProvider? time = null)
    {
        var pod = CheckedPod.Create(checks => checks.AddPodIdentity(CheckedPod.Options(node, configure)).Services.AddMetrics(), time);
        var factory = pod.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.Equals(PodIdentityMetrics.MeterName, StringComparison.Ordinal) && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.Start();
        return pod;
    }

    private List<(Instrument Instrument, double Value, Dictionary<string, object?> Tags)> Of(string instrument) =>
        [.. _measured.Where(m => m.Instrument.Name.Equals(instrument, StringComparison.Ordinal))];

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _measured.Add((instrument, value, tags.ToArray().ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal)));
}
