namespace PodIdentity.HealthChecks;

/// <summary>Who answers a pod's request for a token.</summary>
public enum PodIdentityResponder
{
    /// <summary>Nobody answered, or the answer does not show who gave it.</summary>
    Unknown = 0,

    /// <summary>AAD Pod Identity's Node Managed Identity daemon, which intercepts requests to 169.254.169.254.</summary>
    Nmi = 1,

    /// <summary>The proxy sidecar of Azure Workload Identity, which serves 169.254.169.254 inside the pod.</summary>
    WorkloadIdentityProxy = 2,

    /// <summary>The node's Instance Metadata Service: the pod gets an identity of the <em>node</em>.</summary>
    Imds = 3,

    /// <summary>Microsoft Entra ID, asked directly with the pod's federated token (workload identity without the proxy).</summary>
    Entra = 4,

    /// <summary>The proxy of an AKS identity binding, which gets the token from Microsoft Entra ID.</summary>
    IdentityBindingProxy = 5,
}
