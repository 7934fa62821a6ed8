namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What gives a pod its tokens.</summary>
internal enum PodMode
{
    /// <summary>Nothing that was seen.</summary>
    None,

    /// <summary>AAD Pod Identity: NMI.</summary>
    PodIdentity,

    /// <summary>Microsoft Entra ID, in exchange for the service account's token.</summary>
    WorkloadIdentity,

    /// <summary>The proxy of an AKS identity binding, in exchange for the service account's token.</summary>
    IdentityBinding,

    /// <summary>The proxy beside the application, which exchanges that token for it.</summary>
    WorkloadIdentityProxy,

    /// <summary>IMDS: the identity is the node's.</summary>
    Imds,
}
