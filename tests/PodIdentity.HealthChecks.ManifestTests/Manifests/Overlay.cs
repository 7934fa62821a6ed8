namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

/// <summary>A strategy as kubectl would apply it.</summary>
internal sealed class Overlay
{
    private const string SomeNode = "192.0.2.1";

    private readonly IReadOnlyList<Dictionary<object, object?>> _documents;

    private Overlay(string strategy)
    {
        _documents = Yaml.Read(Kubectl.BuildOrSkip(strategy).Output);
        Deployment = Single<Deployment>("Deployment");
        Service = Single<Service>("Service");
        ServiceAccount = Single<ServiceAccount>("ServiceAccount");
        Settings = Single<ConfigMap>("ConfigMap");
    }

    /// <summary>The strategy that older releases than Kubernetes 1.29 do not run.</summary>
    public const string NativeSidecar = "native-sidecar";

    /// <summary>Gets where the manifests are.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "samples", "kubernetes");

    /// <summary>Gets the strategies: what lies in the folder, so that none is left out.</summary>
    public static IEnumerable<string> Strategies { get; } =
        [.. Directory.GetDirectories(Path.Combine(Folder, "overlays")).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    public Deployment Deployment { get; }

    public Service Service { get; }

    public ServiceAccount ServiceAccount { get; }

    public ConfigMap Settings { get; }

    public PodSpec Pod => Deployment.Spec.Template.Spec;

    public Container App => Pod.Containers.Single(c => c.Name is "app");

    public IEnumerable<string> Kinds => _documents.Select(d => (string)d["kind"]!);

    public IEnumerable<string> ApiVersions => _documents.Select(d => (string)d["apiVersion"]!);

    /// <summary>Whether a strategy is for pods whose tokens come from Entra.</summary>
    public static bool IsOfWorkloadIdentity(string strategy) => strategy.StartsWith("workload-identity-", StringComparison.Ordinal);

    /// <summary>Builds it, or skips the test where nothing can.</summary>
    public static Overlay Of(string strategy) => new(strategy);

    /// <summary>The environment of a container on some node; without what comes from a Secret.</summary>
    public Dictionary<string, string> EnvironmentOf(Container container)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var source in container.EnvFrom)
        {
            Assert.Equal(Settings.Metadata.Name, source.ConfigMapRef?.Name);
            foreach (var (name, value) in Settings.Data)
            {
                environment[name] = value;
            }
        }

        foreach (var variable in container.Env)
        {
            var value = variable.ValueFrom?.FieldRef is { FieldPath: "status.hostIP" } ? SomeNode : variable.Value;
            if (value is not null)
            {
                environment[variable.Name] = value;
            }
        }

        return environment;
    }

    private T Single<T>(string kind) => Yaml.As<T>(_documents.Single(d => kind.Equals(d["kind"])));
}
