using PodIdentity.HealthChecks.Nmi;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>Where the node's address comes from.</summary>
internal static class HostIp
{
    /// <summary>What a pod needs so that it knows its node: Kubernetes tells it only on request.</summary>
    public const string PodSpec =
        """
        env:
        - name: HOST_IP
          valueFrom:
            fieldRef: {fieldPath: status.hostIP}
        """;

    public static string? Find(IServiceProvider services) => Setting.Find(services, NmiEndpoint.HostIpVariable);
}
