using System.Globalization;
using System.Text;
using PodIdentity.HealthChecks.Telemetry;

namespace PodIdentity.HealthChecks.Probe.Listening;

/// <summary>Metrics as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0. The names are those that OpenTelemetry gives them there.</summary>
internal sealed class Exposition(bool isOpenMetrics)
{
    private readonly StringBuilder _text = new();
    private string _family = string.Empty;

    public static string ContentTypeOf(bool isOpenMetrics) =>
        isOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";

    public void Family(CheckInstrument instrument, string type)
    {
        var unit = instrument.Unit is "s" ? "seconds" : null;
        _family = NameOf(instrument.Name) + (unit is null ? "" : $"_{unit}");

        // To the older format, a counter's family is its one sample.
        var name = type is "counter" && !isOpenMetrics ? $"{_family}_total" : _family;
        _text.Append($"# TYPE {name} {type}\n");
        if (isOpenMetrics && unit is not null)
        {
            _text.Append($"# UNIT {name} {unit}\n");
        }

        _text.Append($"# HELP {name} {instrument.Description}\n");
    }

    /// <summary>A value of the family that was begun last. Labels need no escape: all of them are names.</summary>
    public void Sample(string suffix, double value, params (string Name, string Value)[] labels) =>
        _text.Append($"{_family}{suffix}{{{string.Join(',', labels.Select(l => $"{NameOf(l.Name)}=\"{l.Value}\""))}}} {Number(value)}\n");

    public string Number(double value)
    {
        var number = value.ToString("R", CultureInfo.InvariantCulture);
        return isOpenMetrics && double.IsInteger(value) && !number.Contains('E', StringComparison.Ordinal) ? $"{number}.0" : number;
    }

    public string End() => isOpenMetrics ? _text.Append("# EOF\n").ToString() : _text.ToString();

    private static string NameOf(string name) => name.Replace('.', '_');
}
