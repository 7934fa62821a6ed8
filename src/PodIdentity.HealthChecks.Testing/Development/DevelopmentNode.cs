namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>
/// The simulated node of a developer's machine. There is one for the whole process, since Azure.Identity reads only once where the
/// metadata service is.
/// </summary>
internal sealed class DevelopmentNode
{
    private static readonly object Starting = new();
    private static DevelopmentNode? _started;

    private readonly object _lock = new();
    private readonly SimulatedIdentity _default = new("app") { ClientId = "1d1e6c3a-6f0b-4f7e-9c55-3a7f0e2b9d10" };
    private readonly List<SimulatedIdentity> _identities;

    private DevelopmentNode(PodIdentitySimulator simulator)
    {
        Simulator = simulator;
        _identities = [_default];
        simulator.Pod.Bind(_default);
        simulator.Imds.SystemAssigned = NodeIdentity;

        Environment.SetEnvironmentVariable("AZURE_POD_IDENTITY_AUTHORITY_HOST", simulator.MetadataAddress.ToString());
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AZURE_TOKEN_CREDENTIALS")))
        {
            // DefaultAzureCredential would try others first, and give up on a managed identity after a second.
            Environment.SetEnvironmentVariable("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential");
        }
    }

    public PodIdentitySimulator Simulator { get; }

    /// <summary>Gets what a pod gets while NMI is down.</summary>
    public SimulatedIdentity NodeIdentity { get; } = new("node");

    /// <summary>Gets the identities that the pod is supposed to have.</summary>
    public IReadOnlyList<SimulatedIdentity> Identities
    {
        get
        {
            lock (_lock)
            {
                return [.. _identities];
            }
        }
    }

    /// <remarks>It blocks, since the application's credential may ask as soon as it is made. All it does is to open local sockets.</remarks>
    public static DevelopmentNode GetOrStart(Action<PodIdentitySimulatorOptions>? configure)
    {
        lock (Starting)
        {
            return _started ??= new DevelopmentNode(PodIdentitySimulator.StartAsync(options =>
            {
                configure?.Invoke(options);
                options.StartWithIdentity = false;
            }).GetAwaiter().GetResult());
        }
    }

    /// <summary>Gives the pod the identity that a check asks for or expects.</summary>
    public void Provide(PodIdentityHealthCheckOptions options)
    {
        var clientId = options.ClientId ?? options.ExpectedClientId;
        var objectId = options.ObjectId ?? options.ExpectedObjectId;
        var resourceId = options.ResourceId ?? options.ExpectedResourceId;
        var tenantId = options.ExpectedTenantId;
        lock (_lock)
        {
            if (_identities.Exists(i => Fits(i.ClientId, clientId) && Fits(i.ObjectId, objectId) && Fits(i.ResourceId, resourceId) && Fits(i.TenantId, tenantId)))
            {
                return;
            }

            if (_identities.Remove(_default))
            {
                // NMI would choose among several at random where the application names none.
                Simulator.Pod.Unbind(_default);
                Simulator.Imds.RemoveUserAssigned(_default);
            }

            var any = new SimulatedIdentity($"app-{_identities.Count}");
            var named = new SimulatedIdentity(any.Name)
            {
                ClientId = clientId ?? any.ClientId,
                ObjectId = objectId ?? any.ObjectId,
                ResourceId = resourceId ?? any.ResourceId,
                TenantId = tenantId ?? any.TenantId,
            };
            _identities.Add(named);
            Simulator.Pod.Bind(named);
        }

        static bool Fits(string has, string? wanted) => wanted is null || string.Equals(has, wanted, StringComparison.Ordinal);
    }
}
