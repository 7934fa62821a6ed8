using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests.Timing;

/// <summary>The worst times of a strategy after NMI has gone: a row of the table in the README of the manifests.</summary>
internal sealed record StrategyTimes(
    string Strategy, TimeSpan? OutOfService, TimeSpan? OutOfServiceIfSilent, TimeSpan? ReadinessPeriod, TimeSpan? Spared, TimeSpan? Restarted)
{
    public const string Header =
        """
        | strategy | out of the Service after | if NMI is silent | two probe periods | no restart if NMI is back within | restarted after |
        |---|---:|---:|---:|---:|---:|
        """;

    public string Row =>
        $"| `{Strategy}` | {Text(OutOfService)} | {Text(OutOfServiceIfSilent)} | {Text(2 * ReadinessPeriod, none: "–")} | {Text(Spared, none: "–")} | {Text(Restarted)} |";

    public static async Task<StrategyTimes> OfAsync(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        await using var sample = Sample.Alone(overlay.EnvironmentOf(overlay.App));
        var looks = new Looks(overlay, sample);
        var readiness = await looks.FirstAsync(c => c.ReadinessProbe);
        var liveness = await looks.FirstAsync(c => c.LivenessProbe);
        return new StrategyTimes(
            strategy,
            readiness is { } r ? Detection.Latest(r.Probe, r.Look, isSilent: false) : null,
            readiness is { } s ? Detection.Latest(s.Probe, s.Look, isSilent: true) : null,
            readiness?.Probe.Period,
            liveness is { } e ? Detection.Earliest(e.Probe, e.Look) : null,
            liveness is { } l ? Detection.Latest(l.Probe, l.Look, isSilent: false) : null);
    }

    private static string Text(TimeSpan? time, string none = "never") => time switch
    {
        null => none,
        { TotalMinutes: < 2 } short_ => $"{short_.TotalSeconds:0.#} s",
        { Seconds: 0 } whole => $"{whole.TotalMinutes:0} min",
        { } other => $"{Math.Floor(other.TotalMinutes):0} min {other.Seconds} s",
    };
}
