using PodIdentity.HealthChecks.Nmi;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>The rules for the NMI check's options, apart from its times.</summary>
internal static class NmiOptionsValidator
{
    private const string EndpointExample = $"\"{Examples.NmiEndpoint}\"";

    /// <summary>Kubernetes tells a pod its node's address only if the pod asks for it.</summary>
    private const string PodSpec =
        """
        env:
        - name: HOST_IP
          valueFrom:
            fieldRef: {fieldPath: status.hostIP}
        """;

    public static void Check(NmiHealthCheckOptions options, ValidationErrors errors)
    {
        CheckParts(options, errors);
        errors.Require(
            options.Endpoint is null || string.IsNullOrWhiteSpace(options.HostIp),
            options.HostIp,
            "Endpoint is also set, and is the whole address: set only one of them",
            $"Endpoint = {EndpointExample}");
        errors.RequireHttp(options.Endpoint, EndpointExample);
        errors.RequireHttp(options.MetadataAddress, "\"http://169.254.169.254/\"");
    }

    /// <summary>The parts that the endpoint is built from, unless it is given as a whole.</summary>
    public static void CheckParts(NmiHealthCheckOptions options, ValidationErrors errors)
    {
        if (options.Endpoint is not null)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(options.HostIp))
        {
            errors.Add(
                nameof(options.HostIp),
                null,
                $"the node's address is neither configured nor in the environment variable {NmiEndpoint.HostIpVariable}",
                $"add this to the container's spec\n\n{PodSpec}\n\nor, on a developer's machine, call builder.AddPodIdentitySimulator() from PodIdentity.HealthChecks.Testing\n");
        }
        else
        {
            var isHost = NmiEndpoint.Build(options.HostIp, 1, "/") is not null;
            errors.Require(isHost, options.HostIp, "it must be the IP address or host name of the node, without a scheme or port", "\"10.240.0.4\"");
        }

        errors.Require(options.Port is >= 1 and <= 65535, options.Port, "it must be between 1 and 65535", "8085");
        errors.Require(options.Path is ['/', ..], options.Path, "it must start with a slash", "\"/healthz\"");
    }
}
