using System.Text.Json;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>What the containers of a pod have said.</summary>
internal sealed class PodLogs(Kubectl kubectl)
{
    /// <summary>One text for each container, those of the start first.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(JsonElement pod, CancellationToken cancellationToken, params IReadOnlyList<string> options)
    {
        var (metadata, spec) = (pod.GetProperty("metadata"), pod.GetProperty("spec"));
        var containers = new[] { "initContainers", "containers" }
            .SelectMany(kind => spec.TryGetProperty(kind, out var found) ? found.EnumerateArray().ToArray() : []);
        var texts = new List<string>();
        foreach (var container in containers)
        {
            texts.Add(await ReadAsync(Text(metadata, "namespace"), Text(metadata, "name"), Text(container, "name"), cancellationToken, options));
        }

        return texts;
    }

    public async Task<string> ReadAsync(string @namespace, string pod, string container, CancellationToken cancellationToken, params IReadOnlyList<string> options)
    {
        try
        {
            return await kubectl.RunAsync(cancellationToken, ["-n", @namespace, "logs", pod, "-c", container, "--prefix", .. options]);
        }
        catch (InvalidOperationException)
        {
            return $"{container} has no log yet.";
        }
    }

    /// <summary>Why the pods of a namespace do not start: the last lines of each, and what the kubelet reports.</summary>
    public async Task<string> LastWordsAsync(string @namespace, CancellationToken cancellationToken)
    {
        var pods = await kubectl.GetAsync(cancellationToken, "-n", @namespace, "pods");
        var words = new List<string>();
        foreach (var pod in pods.GetProperty("items").EnumerateArray())
        {
            words.AddRange(await ReadAsync(pod, cancellationToken, "--tail=20"));
        }

        words.Add(await kubectl.RunAsync(cancellationToken, "-n", @namespace, "get", "events", "--sort-by=.metadata.creationTimestamp"));
        return string.Join('\n', words);
    }

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString()!;
}
