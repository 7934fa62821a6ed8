using System.Text.Json;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>The cluster, as kubectl shows it.</summary>
internal sealed class Kubectl(ClusterSettings settings)
{
    public IReadOnlyList<string> Command(params IEnumerable<string> arguments) => [.. settings.Kubectl, .. arguments];

    public Task<string> RunAsync(CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        Shell.RunAsync(Command(arguments), cancellationToken);

    /// <summary>Applies what a folder builds to.</summary>
    public async Task ApplyAsync(string folder, CancellationToken cancellationToken)
    {
        var manifests = await Shell.RunAsync([.. settings.Builder, "kustomize", folder], cancellationToken);
        manifests = manifests.Replace("image: ", $"image: {settings.ImagePrefix}", StringComparison.Ordinal);
        await Shell.RunAsync(Command("apply", "-f", "-"), cancellationToken, manifests);
    }

    /// <summary>Sends a request to a pod, by way of the API server.</summary>
    public Task PostAsync(string podPath, string body, CancellationToken cancellationToken) =>
        Shell.RunAsync(Command("create", "--raw", $"/api/v1/{podPath}", "-f", "-"), cancellationToken, body);

    public async Task<JsonElement> GetAsync(CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        JsonElement.Parse(await RunAsync(cancellationToken, ["get", .. arguments, "-o", "json"]));
}
