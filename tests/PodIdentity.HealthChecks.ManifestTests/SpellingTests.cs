extern alias probe;

using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>A name that is misspelt protects nobody, and nothing else complains of it before there is a cluster.</summary>
public sealed class SpellingTests
{
    private static readonly HashSet<object> Anybodys = ["labels", "annotations", "matchLabels", "podLabels", "requests", "limits"];

    /// <summary>What the manifests use: a new one is added here by who has looked it up.</summary>
    private static readonly string[] Known =
    [
        "$patch", "add", "affinity", "allowPrivilegeEscalation", "annotations", "apiVersion", "app.kubernetes.io/name", "args",
        "automountServiceAccountToken", "azureIdentity", "capabilities", "cidr", "clientID", "command", "configMapGenerator", "configMapRef",
        "containerPort", "containers", "drop", "egress", "emptyDir", "env", "envFrom", "exec", "failureThreshold", "fieldPath", "fieldRef",
        "fsGroup", "httpGet", "image", "imagePullPolicy", "initContainers", "ipBlock", "key", "kind", "labelSelector", "labels", "limits", "literals",
        "livenessProbe", "matchLabels", "maxSurge", "maxUnavailable", "metadata", "mountPath", "name", "namespace", "namespaceSelector",
        "patches", "path", "periodSeconds", "podAffinityTerm", "podAntiAffinity", "podLabels", "podSelector", "policyTypes", "port", "ports",
        "preferredDuringSchedulingIgnoredDuringExecution", "protocol", "readOnly", "readOnlyRootFilesystem", "readinessProbe", "replicas", "requests",
        "resourceID", "resources", "restartPolicy", "rollingUpdate", "runAsGroup", "runAsNonRoot", "runAsUser", "seccompProfile", "secretKeyRef", "securityContext",
        "selector", "serviceAccountName", "sizeLimit", "spec", "startupProbe", "strategy", "targetPort", "tcpSocket", "template",
        "terminationGracePeriodSeconds", "terminationMessagePolicy", "timeoutSeconds", "to", "topologyKey", "type", "unhealthyPodEvictionPolicy", "value", "valueFrom", "volumeMounts", "volumes", "weight",
    ];

    private static readonly HashSet<string> Settings =
    [
        "Guard",
        "ShutdownDelay",
        .. typeof(StartupGateOptions).GetProperties().Select(p => $"StartupGate__{p.Name}"),
        .. typeof(PodIdentityHealthCheckOptions).GetProperties().Select(p => $"PodIdentity__{p.Name}"),
        .. typeof(NmiHealthCheckOptions).GetProperties().SelectMany(p => new[] { $"Nmi__{p.Name}", $"NmiLiveness__{p.Name}" }),
        .. probe::PodIdentity.HealthChecks.Probe.Settings.ProbeSetting.All.Select(s => s.Variable),
    ];

    [Theory]
    [MemberData(nameof(FilesTests.Files), MemberType = typeof(FilesTests))]
    public void Every_field_is_one_that_Kubernetes_has(string file) => Assert.All(
        Yaml.Read(File.ReadAllText(Path.Combine(Overlay.Folder, file))),
        document => Assert.Empty(Fields(document).Except(Known, StringComparer.Ordinal)));

    [Theory]
    [ClassData(typeof(Strategies))]
    public void Every_setting_is_one_that_somebody_reads(string strategy) =>
        Assert.Empty(Overlay.Of(strategy).Settings.Data.Keys.Except(Settings, StringComparer.Ordinal));

    /// <summary>The names of fields, but not of labels and the like, which are anybody's.</summary>
    private static IEnumerable<string> Fields(object? node) => node switch
    {
        Dictionary<object, object?> map => map.SelectMany(p => Fields(Anybodys.Contains(p.Key) ? null : p.Value).Prepend((string)p.Key)),
        List<object> list => list.SelectMany(Fields),
        _ => [],
    };
}
