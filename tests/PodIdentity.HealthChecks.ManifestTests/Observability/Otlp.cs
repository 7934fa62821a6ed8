using ProtoBuf;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>What an application exports, by the field numbers of OpenTelemetry's protocol; as much of it as is looked at.</summary>
[ProtoContract]
internal sealed class Exported
{
    [ProtoMember(1)]
    public List<ExportedResource> Resources { get; } = [];
}

[ProtoContract]
internal sealed class ExportedResource
{
    [ProtoMember(1)]
    public Resource? Resource { get; set; }

    [ProtoMember(2)]
    public List<ExportedMeter> Meters { get; } = [];
}

[ProtoContract]
internal sealed class Resource
{
    [ProtoMember(1)]
    public List<Label> Attributes { get; } = [];
}

[ProtoContract]
internal sealed class Label
{
    [ProtoMember(1)]
    public string Key { get; set; } = "";

    [ProtoMember(2)]
    public LabelValue? Value { get; set; }
}

[ProtoContract]
internal sealed class LabelValue
{
    [ProtoMember(1)]
    public string? Text { get; set; }
}

[ProtoContract]
internal sealed class ExportedMeter
{
    [ProtoMember(1)]
    public Scope? Scope { get; set; }

    [ProtoMember(2)]
    public List<ExportedMetric> Metrics { get; } = [];
}

[ProtoContract]
internal sealed class Scope
{
    [ProtoMember(1)]
    public string Name { get; set; } = "";
}

[ProtoContract]
internal sealed class ExportedMetric
{
    [ProtoMember(1)]
    public string Name { get; set; } = "";

    [ProtoMember(3)]
    public string Unit { get; set; } = "";

    [ProtoMember(5)]
    public Numbers? Gauge { get; set; }

    [ProtoMember(7)]
    public Numbers? Sum { get; set; }

    [ProtoMember(9)]
    public Histogram? Histogram { get; set; }
}

[ProtoContract]
internal sealed class Numbers
{
    [ProtoMember(1)]
    public List<Number> Points { get; } = [];

    [ProtoMember(2)]
    public int Temporality { get; set; }

    [ProtoMember(3)]
    public bool IsMonotonic { get; set; }
}

[ProtoContract]
internal sealed class Number
{
    [ProtoMember(7)]
    public List<Label> Attributes { get; } = [];
}

[ProtoContract]
internal sealed class Histogram
{
    [ProtoMember(1)]
    public List<HistogramPoint> Points { get; } = [];

    [ProtoMember(2)]
    public int Temporality { get; set; }
}

[ProtoContract]
internal sealed class HistogramPoint
{
    [ProtoMember(9)]
    public List<Label> Attributes { get; } = [];
}
