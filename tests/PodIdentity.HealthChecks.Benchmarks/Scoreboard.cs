using BenchmarkDotNet.Reports;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>Ours beside the peer's and the limit, as a table for the README.</summary>
internal static class Scoreboard
{
    private const double MaxReuseNanoseconds = 150;
    private const double MaxAttemptRatio = 1.15;

    /// <param name="summaries">What was measured.</param>
    /// <param name="attemptRatio">Ours over the peer's time of a full attempt, of pairs that took turns.</param>
    /// <returns>Whether every limit is met.</returns>
    public static bool Print(IEnumerable<Summary> summaries, double attemptRatio)
    {
        var cases = summaries.SelectMany(s => s.Reports)
            .GroupBy(r => r.BenchmarkCase.Descriptor.Categories[0], StringComparer.Ordinal)
            .Select(c => Compare(c, attemptRatio))
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

    private static Row Compare(IGrouping<string, BenchmarkReport> reports, double attemptRatio)
    {
        var ours = Figure.Of(reports.Single(r => !r.BenchmarkCase.Descriptor.Baseline));
        var peer = Figure.Of(reports.Single(r => r.BenchmarkCase.Descriptor.Baseline));
        var ratio = reports.Key is FullAttempt.Category ? attemptRatio : ours.Nanoseconds / peer.Nanoseconds;
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
        private bool IsReuse => Case.StartsWith("Reused", StringComparison.Ordinal);

        private string Limit => IsReuse ? $"{MaxReuseNanoseconds:0} ns, 0 B" : $"{MaxAttemptRatio:0.00} ×";

        public bool IsMet => IsReuse ? Ours is { Nanoseconds: <= MaxReuseNanoseconds, Bytes: 0 } : Ratio <= MaxAttemptRatio;

        public override string ToString() =>
            $"| {Case} | {Ours.Time} | {Peer.Time} | {Ratio:0.000} | {Ours.Bytes} B / {Peer.Bytes} B | {Limit} | {(IsMet ? "met" : "NOT MET")} |";
    }
}
