using System.Text.Json;

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
    private const string Application = "app";

    public static PodSeen From(JsonElement watchEvent, DateTimeOffset at)
    {
        var pod = watchEvent.GetProperty("object");
        var metadata = pod.GetProperty("metadata");
        var status = pod.GetProperty("status");
        var application = Items(status, "containerStatuses").FirstOrDefault(c => Is(c, "name", Application));
        return new PodSeen(
            metadata.GetProperty("namespace").GetString()!,
            metadata.GetProperty("name").GetString()!,
            at,
            Is(watchEvent, "type", "DELETED") || metadata.TryGetProperty("deletionTimestamp", out _),
            Items(status, "conditions").Any(c => Is(c, "type", "Ready") && Is(c, "status", "True")),
            application.ValueKind is JsonValueKind.Object && application.TryGetProperty("started", out var started) && started.GetBoolean(),
            application.ValueKind is JsonValueKind.Object ? application.GetProperty("restartCount").GetInt32() : 0);
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var items) ? items.EnumerateArray() : default;

    private static bool Is(JsonElement parent, string name, string value) => parent.TryGetProperty(name, out var found) && found.ValueEquals(value);
}
