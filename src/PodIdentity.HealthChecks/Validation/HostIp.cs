using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks.Nmi;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>Where the node's address comes from: the application's configuration, which includes the environment, or the environment itself.</summary>
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

    public static string? Find(IServiceProvider services) =>
        NotBlank(services.GetService<IConfiguration>()?[NmiEndpoint.HostIpVariable])
        ?? NotBlank(Environment.GetEnvironmentVariable(NmiEndpoint.HostIpVariable));

    private static string? NotBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
