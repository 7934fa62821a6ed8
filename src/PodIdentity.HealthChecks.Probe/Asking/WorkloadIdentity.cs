using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>
/// A pod of workload identity without the proxy: its application gets its tokens from Microsoft Entra ID, where this probe asks nothing.
/// What the metadata address answers says nothing about it then.
/// </summary>
internal static class WorkloadIdentity
{
    public static bool Concerns(Observation seen) =>
        seen is { FederatedToken: not null, Expected.Responder: null }
        && seen.Token?.Responder is not (PodIdentityResponder.WorkloadIdentityProxy or PodIdentityResponder.Nmi);

    /// <returns><see langword="null"/> for any other pod.</returns>
    public static Finding? Read(Observation seen) =>
        !Concerns(seen) ? null
        : seen.FederatedToken is { Problem: null } file ? new Finding(
            null,
            $"This pod uses workload identity without its proxy: the federated token file {file.Path} is in order, and that is all that is checked. "
            + "Whether Microsoft Entra ID issues a token for it was not asked",
            "The check in a .NET application does ask; or add the proxy with the annotation `azure.workload.identity/inject-proxy-sidecar: \"true\"`")
        : FailureTable.Read(seen with { Token = new TokenExchange { Endpoint = null, Failure = TransportFailure.Credential } });

    /// <summary>Nothing was found to be wrong, and no token was seen either.</summary>
    public static bool IsUnverified(Observation seen, Finding finding) => finding.Reason is null && Concerns(seen);
}
