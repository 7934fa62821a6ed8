using BenchmarkDotNet.Reports;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>Ours beside the peer's and the limit, as a table for the README of the package.</summary>
internal static class Scoreboard
{
    private const double MaxReuseNanoseconds = 150;
    private const double MaxAttemptRatio = 1.15;

    /// <param name="summaries">What was measured.</param>
    /// <param name="attemptRatios">Ours over the peer's time of a full attempt, of rounds that took turns.</param>
    /// <returns>Whether every limit is met.</returns>
    public static bool Print(IEnumerable<Summary> summaries, IReadOnlyDictionary<string, double> attemptRatios)
    {
        var cases = summaries.SelectMany(s => s.Reports)
            .GroupBy(r => r.BenchmarkCase.Descriptor.Categories[0], StringComparer.Ordinal)
            .Select(c => Compare(c, attemptRatios))
            .ToArray();
        Console.WriteLine();
        Console.WriteLine("| case | ours | peer | ratio | allocated, ours / peer | limit | |");
        Console.WriteLine("|---|---:|---:|---:|---:|---|---|");
        foreach (var row in cases)
        {
            Console.WriteLine(row);
        }

        return cases.Length > 0 && cases.All(c => c.IsMet);
    }

    private static Row Compare(IGrouping<string, BenchmarkReport> reports, IReadOnlyDictionary<string, double> attemptRatios)
    {
        var ours = Figure.Of(reports.Single(r => !r.BenchmarkCase.Descriptor.Baseline));
        var peer = Figure.Of(reports.Single(r => r.BenchmarkCase.Descriptor.Baseline));
        var ratio = attemptRatios.TryGetValue(reports.Key, out var measured) ? measured : ours.Nanoseconds / peer.Nanoseconds;
        return new Row(reports.Key, ours, peer, ratio);
    }

    private sealed record Figure(double Nanoseconds, long Bytes)
    {
        public string Time => Nanoseconds < 1000 ? $"{Nanoseconds:0.0} ns" : $"{Nanoseconds / 1000:0.0} µs";

        public static Figure Of(BenchmarkReport report) => new(
            report.ResultStatistics?.Median ?? throw new InvalidOperationException($"{report.BenchmarkCase.DisplayInfo} was not measured."),
            report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? throw new InvalidOperationException("Bytes were not counted."));
    }

    private sealed record Row(string Case, Figure Ours, Figure Peer, double Ratio)
    {
        private string Limit => Case switch
        {
            FullAttempt.OnOurTransport => $"{MaxAttemptRatio:0.00} ×",
            FullAttempt.OnPlainConnections => "none",
            _ => $"{MaxReuseNanoseconds:0} ns, 0 B",
        };

        public bool IsMet => Case switch
        {
            FullAttempt.OnOurTransport => Ratio <= MaxAttemptRatio,
            FullAttempt.OnPlainConnections => true,
            _ => Ours is { Nanoseconds: <= MaxReuseNanoseconds, Bytes: 0 },
        };

        public override string ToString() =>
            $"| {Case} | {Ours.Time} | {Peer.Time} | {Ratio:0.000} | {Ours.Bytes} B / {Peer.Bytes} B | {Limit} | {(Case is FullAttempt.OnPlainConnections ? "" : IsMet ? "met" : "NOT MET")} |";
    }
}
