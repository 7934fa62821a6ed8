using System.Globalization;
using YamlDotNet.Serialization;

namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

internal sealed class Container
{
    public string Name { get; set; } = "";

    public string Image { get; set; } = "";

    public string? ImagePullPolicy { get; set; }

    public string? TerminationMessagePolicy { get; set; }

    public string? RestartPolicy { get; set; }

    public List<string> Args { get; set; } = [];

    public List<EnvVar> Env { get; set; } = [];

    public List<EnvFrom> EnvFrom { get; set; } = [];

    public List<ContainerPort> Ports { get; set; } = [];

    public Resources Resources { get; set; } = new();

    public SecurityContext SecurityContext { get; set; } = new();

    public List<VolumeMount> VolumeMounts { get; set; } = [];

    public Probe? StartupProbe { get; set; }

    public Probe? ReadinessProbe { get; set; }

    public Probe? LivenessProbe { get; set; }

    public bool IsNativeSidecar => RestartPolicy is "Always";

    public IEnumerable<Probe> Probes => new[] { StartupProbe, ReadinessProbe, LivenessProbe }.OfType<Probe>();

    /// <summary>Gets what <c>podidentity-probe</c> is run with in this container, by whomever.</summary>
    public IEnumerable<IReadOnlyList<string>> ProbeCommands =>
        (IsProbe ? [Args] : Array.Empty<IReadOnlyList<string>>())
        .Concat(Probes.Where(p => p.Exec is not null).Select(p => (IReadOnlyList<string>)p.Exec!.Command[1..]));

    /// <summary>Gets whether it is <c>podidentity-probe</c> itself.</summary>
    public bool IsProbe => Image.StartsWith("podidentity-probe:", StringComparison.Ordinal);
}

internal sealed class EnvVar
{
    public string Name { get; set; } = "";

    public string? Value { get; set; }

    public EnvVarSource? ValueFrom { get; set; }
}

internal sealed class EnvVarSource
{
    public FieldRef? FieldRef { get; set; }
}

internal sealed class FieldRef
{
    public string FieldPath { get; set; } = "";
}

internal sealed class EnvFrom
{
    public Reference? ConfigMapRef { get; set; }
}

internal sealed class Reference
{
    public string Name { get; set; } = "";
}

internal sealed class ContainerPort
{
    public string? Name { get; set; }

    [YamlMember(Alias = "containerPort", ApplyNamingConventions = false)]
    public int Number { get; set; }
}

internal sealed class Resources
{
    public Dictionary<string, string> Requests { get; set; } = [];

    public Dictionary<string, string> Limits { get; set; } = [];
}

internal sealed class VolumeMount
{
    public string Name { get; set; } = "";

    public string MountPath { get; set; } = "";

    public bool ReadOnly { get; set; }
}

/// <summary>With the kubelet's defaults.</summary>
internal sealed class Probe
{
    public HttpGet? HttpGet { get; set; }

    public Exec? Exec { get; set; }

    public TcpSocket? TcpSocket { get; set; }

    public int InitialDelaySeconds { get; set; }

    public int PeriodSeconds { get; set; } = 10;

    public int TimeoutSeconds { get; set; } = 1;

    public int FailureThreshold { get; set; } = 3;

    public TimeSpan Period => TimeSpan.FromSeconds(PeriodSeconds);
}

internal sealed class HttpGet
{
    public string Path { get; set; } = "";

    public string Port { get; set; } = "";

    /// <summary>The port by number, which may be that of another container of the pod; a name is one of the container's own.</summary>
    public int NumberIn(Container container) => int.TryParse(Port, CultureInfo.InvariantCulture, out var number)
        ? number
        : container.Ports.Single(p => string.Equals(p.Name, Port, StringComparison.Ordinal)).Number;
}

internal sealed class Exec
{
    public List<string> Command { get; set; } = [];
}

internal sealed class TcpSocket
{
    public string Port { get; set; } = "";
}
