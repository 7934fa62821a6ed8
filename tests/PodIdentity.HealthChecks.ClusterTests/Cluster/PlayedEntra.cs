using System.Text.Json;
using NodeSimulator;
using PodIdentity.HealthChecks.ClusterTests.Matrix;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>What the webhook of workload identity makes of a new pod.</summary>
internal enum Webhook
{
    /// <summary>It sets the variables, and the kubelet writes the token.</summary>
    Injects,

    /// <summary>It does not see the pod.</summary>
    Missed,

    /// <summary>It sets the variables, but the file that they name is not there.</summary>
    WithoutToken,
}

/// <summary>
/// Microsoft Entra ID as the simulator plays it in a pod, under its own name and with the keys of this cluster; and the webhook, whose variables come
/// from a ConfigMap, so that the next pods can have others.
/// </summary>
internal sealed class PlayedEntra(Kubectl kubectl, PodLogs logs, string @namespace, IReadOnlyList<string> namespaces) : IPlayed
{
    /// <summary>Stands for the cluster's own one until that is known.</summary>
    private const string Issuer = "https://issuer.invalid";

    /// <summary>Stands for Entra's address in the manifests: one for documentation.</summary>
    private const string Address = "192.0.2.1";
    private const string TokenFile = "/var/run/secrets/azure/tokens/azure-identity-token";

    private readonly SimulatorPod _pod = new(kubectl, logs, @namespace, "entra");
    private string _issuer = "";
    private string _address = "";

    public string Namespace => @namespace;

    /// <summary>The federated credential for the pods of a namespace.</summary>
    public static SimulatedFederatedCredential CredentialOf(string @namespace) => new(Issuer, $"system:serviceaccount:{@namespace}:app");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _issuer = JsonElement.Parse(await kubectl.ReadAsync("/.well-known/openid-configuration", cancellationToken)).GetProperty("issuer").GetString()!;
        var keys = await kubectl.ReadAsync("/openid/v1/jwks", cancellationToken);
        await ApplyConfigMapAsync(@namespace, "issuer", cancellationToken, ("Issuer", _issuer), ("IssuerKeys", keys));
        await _pod.StartAsync("Entra", cancellationToken);
        _address = (await kubectl.GetAsync(cancellationToken, "-n", @namespace, "service", "entra")).GetProperty("spec").GetProperty("clusterIP").GetString()!;
        var authority = await _pod.ReadAsync("certificate-authority", cancellationToken);
        await Task.WhenAll(namespaces.Select(name => ApplyConfigMapAsync(name, "entra-ca", cancellationToken, ("ca.crt", authority))));
    }

    public async Task DeployAsync(string folder, string into, CancellationToken cancellationToken)
    {
        await InjectAsync(into, Webhook.Injects, cancellationToken);
        await kubectl.ApplyAsync(folder, into, cancellationToken, manifests => manifests.Replace(Address, _address, StringComparison.Ordinal));
    }

    public Task BeginAsync(Case theCase, CancellationToken cancellationToken) =>
        Task.WhenAll([SetAsync(theCase.AtStart, cancellationToken), .. namespaces.Select(name => InjectAsync(name, theCase.Webhook, cancellationToken))]);

    public Task SetAsync(NodeState state, CancellationToken cancellationToken)
    {
        var credentials = state.Entra.FederatedCredentials.Select(c => c with { Issuer = _issuer });
        return _pod.SetAsync(state with { Entra = state.Entra with { FederatedCredentials = [.. credentials] } }, cancellationToken);
    }

    /// <summary>How many exchanges were asked for so far.</summary>
    public async Task<int> CountExchangesAsync(CancellationToken cancellationToken) =>
        JsonElement.Parse(await _pod.ReadAsync("exchanges", cancellationToken)).GetInt32();

    public Task EndAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task InjectAsync(string into, Webhook webhook, CancellationToken cancellationToken) => webhook is Webhook.Missed
        ? ApplyConfigMapAsync(into, "webhook", cancellationToken)
        : ApplyConfigMapAsync(
            into,
            "webhook",
            cancellationToken,
            ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/"),
            ("AZURE_CLIENT_ID", Identities.Named(Identities.Expected).ClientId),
            ("AZURE_FEDERATED_TOKEN_FILE", webhook is Webhook.Injects ? TokenFile : $"{TokenFile}-that-is-gone"),
            ("AZURE_TENANT_ID", Identities.Named(Identities.Expected).TenantId));

    private Task ApplyConfigMapAsync(string into, string name, CancellationToken cancellationToken, params IReadOnlyList<(string Key, string Value)> data) =>
        kubectl.ApplyConfigMapAsync(into, name, data.ToDictionary(d => d.Key, d => d.Value, StringComparer.Ordinal), cancellationToken);
}
