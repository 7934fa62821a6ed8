namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>What a run has seen, for whoever wonders: artifacts/cluster-tests.</summary>
internal static class Observed
{
    public static Task WriteAsync(string file, IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "cluster-tests")).FullName;
        return File.WriteAllLinesAsync(Path.Combine(folder, file), lines, cancellationToken);
    }
}
