using System.Globalization;

namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>A run as the README of the manifests shows it: ours, and what people paste.</summary>
internal sealed class DecisionTable(MatrixRun run)
{
    public IEnumerable<string> Rows(bool controls)
    {
        var strategies = run.Strategies.Where(s => s.IsControl == controls).ToArray();
        yield return $"| | {string.Join(" | ", strategies.Select(s => $"`{s.Name}`"))} |";
        yield return $"|---|{string.Concat(strategies.Select(_ => "---|"))}";
        foreach (var theCase in run.Cases)
        {
            yield return $"| {theCase.Title} | {string.Join(" | ", strategies.Select(s => run.CellOf(s.Name, theCase.Title)))} |";
        }
    }

    public override string ToString() => string.Join(
        '\n',
        [
            string.Create(CultureInfo.InvariantCulture, $"Observed on Kubernetes {run.Kubernetes}, {run.At:yyyy-MM-dd}."),
            "",
            .. Rows(controls: false),
            "",
            .. run.Strategies.Any(s => s.IsControl) ? Rows(controls: true).Append("") : [],
        ]);
}
