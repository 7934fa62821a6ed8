using System.Globalization;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>A pod at one moment, as the API server tells it.</summary>
/// <param name="Namespace">Its strategy's.</param>
/// <param name="Name">Its name.</param>
/// <param name="At">When this was seen.</param>
/// <param name="IsGone">Whether it is deleted, or about to be.</param>
/// <param name="IsReady">Whether it is in its Service.</param>
/// <param name="IsStarted">Whether the application's container runs, and its startup probe, if any, has passed.</param>
/// <param name="Restarts">How often the application's container was restarted.</param>
internal sealed record PodSeen(string Namespace, string Name, DateTimeOffset At, bool IsGone, bool IsReady, bool IsStarted, int Restarts)
{
    /// <summary>Makes a line of an event of kubectl's watch.</summary>
    public const string Template =
        """
        jsonpath={.type}|{.object.metadata.namespace}|{.object.metadata.name}|{.object.metadata.deletionTimestamp}|{.object.status.conditions[?(@.type=="Ready")].status}|{.object.status.containerStatuses[?(@.name=="app")].started}|{.object.status.containerStatuses[?(@.name=="app")].restartCount}{"\n"}
        """;

    public static PodSeen Parse(string line, DateTimeOffset at) => line.Split('|') switch
    {
        [var type, var @namespace, var name, var deleted, var ready, var started, var restarts] => new PodSeen(
            @namespace,
            name,
            at,
            type is "DELETED" || deleted.Length > 0,
            ready is "True",
            started is "true",
            restarts.Length == 0 ? 0 : int.Parse(restarts, CultureInfo.InvariantCulture)),
        _ => throw new FormatException($"This is no event of a pod: {line}"),
    };
}
