namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

// As much of Kubernetes' own types as the tests look at, named as there.

internal sealed class Metadata
{
    public string Name { get; set; } = "";

    public string? Namespace { get; set; }

    public Dictionary<string, string> Labels { get; set; } = [];

    public Dictionary<string, string> Annotations { get; set; } = [];
}

internal sealed class Deployment
{
    public Metadata Metadata { get; set; } = new();

    public DeploymentSpec Spec { get; set; } = new();
}

internal sealed class DeploymentSpec
{
    public int Replicas { get; set; }

    public Strategy Strategy { get; set; } = new();

    public LabelSelector Selector { get; set; } = new();

    public PodTemplate Template { get; set; } = new();
}

internal sealed class Strategy
{
    public string? Type { get; set; }

    public RollingUpdate? RollingUpdate { get; set; }
}

internal sealed class RollingUpdate
{
    public string? MaxUnavailable { get; set; }

    public string? MaxSurge { get; set; }
}

internal sealed class LabelSelector
{
    public Dictionary<string, string> MatchLabels { get; set; } = [];
}

internal sealed class PodTemplate
{
    public Metadata Metadata { get; set; } = new();

    public PodSpec Spec { get; set; } = new();
}

internal sealed class PodSpec
{
    public string? ServiceAccountName { get; set; }

    public int? TerminationGracePeriodSeconds { get; set; }

    public SecurityContext SecurityContext { get; set; } = new();

    public List<Container> InitContainers { get; set; } = [];

    public List<Container> Containers { get; set; } = [];

    public List<Volume> Volumes { get; set; } = [];

    /// <summary>Gets those that run for as long as the pod does.</summary>
    public IEnumerable<Container> Running => InitContainers.Where(c => c.IsNativeSidecar).Concat(Containers);

    public IEnumerable<Container> AllContainers => InitContainers.Concat(Containers);
}

internal sealed class Volume
{
    public string Name { get; set; } = "";
}

internal sealed class SecurityContext
{
    public bool? RunAsNonRoot { get; set; }

    public int? RunAsUser { get; set; }

    public bool? AllowPrivilegeEscalation { get; set; }

    public bool? ReadOnlyRootFilesystem { get; set; }

    public bool? Privileged { get; set; }

    public Capabilities? Capabilities { get; set; }

    public SeccompProfile? SeccompProfile { get; set; }
}

internal sealed class Capabilities
{
    public List<string> Drop { get; set; } = [];

    public List<string> Add { get; set; } = [];
}

internal sealed class SeccompProfile
{
    public string? Type { get; set; }
}

internal sealed class Service
{
    public Metadata Metadata { get; set; } = new();

    public ServiceSpec Spec { get; set; } = new();
}

internal sealed class ServiceSpec
{
    public Dictionary<string, string> Selector { get; set; } = [];

    public List<ServicePort> Ports { get; set; } = [];
}

internal sealed class ServicePort
{
    public int Port { get; set; }

    public string? TargetPort { get; set; }
}

internal sealed class ServiceAccount
{
    public Metadata Metadata { get; set; } = new();
}

internal sealed class ConfigMap
{
    public Metadata Metadata { get; set; } = new();

    public Dictionary<string, string> Data { get; set; } = [];
}
