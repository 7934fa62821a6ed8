using PodIdentity.HealthChecks.ManifestTests.Manifests;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>What the sample application sends to Prometheus with the patch <c>otlp.yaml</c>.</summary>
public sealed class OtlpTests
{
    /// <summary>Prometheus' receiver refuses deltas.</summary>
    private const int Cumulative = 2;

    private static readonly Dictionary<string, string> Pod = new(StringComparer.Ordinal) { ["NAMESPACE"] = "shop", ["POD"] = "app-1", ["NODE"] = "node-1" };

    [Fact]
    public async Task It_is_what_the_README_of_the_library_lists_and_has_the_labels_that_the_rules_need()
    {
        await using var node = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await using var collector = await Collector.StartAsync();
        var environment = ReadEnvironment();
        var endpoint = new Uri(environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        await using var sample = new Sample(environment, new Dictionary<string, string>(Sample.OnNode(node), StringComparer.Ordinal)
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"{new Uri(collector.Address, endpoint.AbsolutePath)}",
            ["PodIdentity:ResultLifetime"] = "01:00:00",
        });

        // The second call reuses a verdict, which is measured, too.
        await sample.ChecksAtAsync("/health/ready");
        await sample.ChecksAtAsync("/health/ready");
        Assert.True(sample.ExportsMetrics(), "The export failed.");
        var (resource, metrics) = await collector.ReceiveAsync(PodIdentityMetrics.MeterName, Instrument.All.Count);

        Assert.Equal(
            Instrument.All.OrderBy(i => i.Name, StringComparer.Ordinal),
            metrics.Select(AsInstrument).OrderBy(i => i.Name, StringComparer.Ordinal));
        Assert.All(metrics, m => Assert.Contains(m.Sum?.Temporality ?? m.Histogram?.Temporality, new int?[] { null, Cumulative }));
        Assert.Equal(
            [("namespace", "shop"), ("node", "node-1"), ("pod", "app-1"), ("service.instance.id", "app-1"), ("service.name", "app")],
            resource.Attributes.Where(a => !a.Key.StartsWith("telemetry.", StringComparison.Ordinal)).Select(a => (a.Key, a.Value?.Text)).OrderBy(a => a.Key, StringComparer.Ordinal));
    }

    private static Instrument AsInstrument(ExportedMetric metric)
    {
        var (kind, labels) = metric switch
        {
            { Histogram: { } histogram } => ("Histogram", histogram.Points.Select(p => p.Attributes)),
            { Sum: { IsMonotonic: true } sum } => ("Counter", sum.Points.Select(p => p.Attributes)),
            { Sum: { } sum } => ("UpDownCounter", sum.Points.Select(p => p.Attributes)),
            { Gauge: { } gauge } => ("Gauge", gauge.Points.Select(p => p.Attributes)),
            _ => throw new ArgumentException($"Of what kind is {metric.Name}?", nameof(metric)),
        };
        return new Instrument(
            metric.Name, kind, metric.Unit, string.Join(", ", labels.SelectMany(l => l).Select(l => l.Key).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)));
    }

    /// <summary>The variables of the patch, as a kubelet fills them in.</summary>
    private static Dictionary<string, string> ReadEnvironment()
    {
        var deployment = Yaml.As<Deployment>(Yaml.Read(Operators.Read("otlp.yaml")).Single());
        return deployment.Spec.Template.Spec.Containers.Single().Env.Where(v => v.Value is not null).ToDictionary(
            v => v.Name,
            v => Pod.Aggregate(v.Value!, (value, variable) => value.Replace($"$({variable.Key})", variable.Value, StringComparison.Ordinal)),
            StringComparer.Ordinal);
    }
}
