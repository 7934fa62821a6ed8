using System.Collections.Concurrent;
using PodIdentity.HealthChecks.Testing.Hosting;
using PodIdentity.HealthChecks.Testing.WorkloadIdentity;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>What gives a pod Microsoft Entra Workload ID: the webhook, the kubelet, and the cluster that signs service account tokens.</summary>
public sealed class SimulatedWorkloadIdentity
{
    private readonly ConcurrentBag<SimulatedWorkload> _pods = [];
    private readonly SimulatedEntra _entra;
    private readonly SimulatedBinding _binding;
    private readonly TemporaryFolder _folder;
    private readonly SimulatorClock _clock;

    internal SimulatedWorkloadIdentity(SimulatedEntra entra, SimulatedBinding binding, TemporaryFolder folder, SimulatorClock clock) =>
        (_entra, _binding, _folder, _clock) = (entra, binding, folder, clock);

    /// <summary>Gets or sets whether the webhook is down and, with <c>failurePolicy: Ignore</c>, misses new pods.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool WebhookDown { get; set; }

    /// <summary>Creates a pod as the webhook leaves it: with its variables, and a token file like the kubelet's that is renewed in time.</summary>
    /// <param name="identity">The identity that the service account's annotation names. It is created in Entra, without a federated credential.</param>
    /// <param name="serviceAccount">The pod's service account.</param>
    /// <param name="namespace">The pod's namespace.</param>
    /// <param name="identityBinding">Whether the pod's annotation asks for an identity binding: then <see cref="PodIdentitySimulator.Binding"/> exchanges the token.</param>
    /// <param name="audience">The token's audience; <see langword="null"/>: <c>api://AzureADTokenExchange</c>, or a binding's <c>api://AKSIdentityBinding</c>.</param>
    /// <returns>The pod. Its token file is deleted when you dispose of the pod or of the simulator.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="identity"/>, <paramref name="serviceAccount"/> or <paramref name="namespace"/> is <see langword="null"/>.</exception>
    public SimulatedWorkload Inject(
        SimulatedIdentity identity, string serviceAccount = "app", string @namespace = "default", bool identityBinding = false, string? audience = null)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(serviceAccount);
        ArgumentNullException.ThrowIfNull(@namespace);
        _entra.AddIdentity(identity);
        audience ??= identityBinding ? "api://AKSIdentityBinding" : "api://AzureADTokenExchange";
        var subject = $"system:serviceaccount:{@namespace}:{serviceAccount}";
        var credential = new SimulatedFederatedCredential(ServiceAccountIssuer.Issuer, subject, audience);
        if (WebhookDown)
        {
            return new SimulatedWorkload(credential, [], volume: null, _ => "", _clock.Time);
        }

        _entra.TrustIssuer(ServiceAccountIssuer.Issuer, ServiceAccountIssuer.Keys);
        var volume = new ProjectedVolume(_folder.PathOf($"pod-{Guid.NewGuid():N}"), "azure-identity-token");
        (string, string)[] ofBinding =
        [
            (SimulatedWorkload.TokenProxy, _binding.Address.AbsoluteUri),
            (SimulatedWorkload.ServerName, _binding.ServerName),
            (SimulatedWorkload.CertificateAuthorityFile, _binding.CertificateAuthorityFile),
        ];
        var pod = new SimulatedWorkload(
            credential,
            [
                (SimulatedWorkload.ClientId, identity.ClientId),
                (SimulatedWorkload.TenantId, identity.TenantId),
                (SimulatedWorkload.FederatedTokenFile, volume.File),
                (SimulatedWorkload.AuthorityHost, _entra.Address.AbsoluteUri),
                .. identityBinding ? ofBinding : [],
            ],
            volume,
            lifetime => ServiceAccountIssuer.Issue(@namespace, serviceAccount, subject, audience, _clock.UtcNow, lifetime),
            _clock.Time);
        _pods.Add(pod);
        return pod;
    }

    internal void End()
    {
        foreach (var pod in _pods)
        {
            pod.Dispose();
        }
    }
}
