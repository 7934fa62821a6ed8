using System.Text.Json;
using System.Text.Json.Nodes;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>The cluster, as kubectl shows it.</summary>
internal sealed class Kubectl(ClusterSettings settings)
{
    public IReadOnlyList<string> Command(params IEnumerable<string> arguments) => [.. settings.Kubectl, .. arguments];

    public Task<string> RunAsync(CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        Shell.RunAsync(Command(arguments), cancellationToken);

    /// <summary>Applies what a folder builds to.</summary>
    /// <param name="folder">Where its kustomization is.</param>
    /// <param name="namespace">Where to.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="adapt">Changes the manifests, where something is only known now.</param>
    public async Task ApplyAsync(string folder, string @namespace, CancellationToken cancellationToken, Func<string, string>? adapt = null)
    {
        var manifests = await Shell.RunAsync([.. settings.Builder, "kustomize", folder], cancellationToken);
        manifests = manifests.Replace("image: ", $"image: {settings.ImagePrefix}", StringComparison.Ordinal);
        await Shell.RunAsync(Command("apply", "-n", @namespace, "-f", "-"), cancellationToken, adapt?.Invoke(manifests) ?? manifests);
    }

    public Task ApplyConfigMapAsync(string @namespace, string name, IReadOnlyDictionary<string, string> data, CancellationToken cancellationToken)
    {
        var manifest = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["data"] = new JsonObject(data.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value))),
        };
        return Shell.RunAsync(Command("apply", "-n", @namespace, "-f", "-"), cancellationToken, manifest.ToJsonString());
    }

    /// <summary>Reads a path of the API server.</summary>
    public Task<string> ReadAsync(string path, CancellationToken cancellationToken) => RunAsync(cancellationToken, "get", "--raw", path);

    /// <summary>Sends a request to a pod, by way of the API server.</summary>
    public Task PostAsync(string podPath, string body, CancellationToken cancellationToken) =>
        Shell.RunAsync(Command("create", "--raw", $"/api/v1/{podPath}", "-f", "-"), cancellationToken, body);

    public async Task<JsonElement> GetAsync(CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        JsonElement.Parse(await RunAsync(cancellationToken, ["get", .. arguments, "-o", "json"]));
}
