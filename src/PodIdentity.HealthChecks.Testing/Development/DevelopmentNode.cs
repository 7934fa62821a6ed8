using Azure.Core;
using PodIdentity.HealthChecks.Http;

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
    private readonly HashSet<object> _federatedFor = [];
    private NmiState _nmiBefore;

    private DevelopmentNode(PodIdentitySimulator simulator)
    {
        Simulator = simulator;
        Injected = new InjectedPod(simulator);
        _identities = [_default];
        simulator.Pod.Bind(_default);
        simulator.Imds.SystemAssigned = NodeIdentity;

        // The transport of each credential of the process that is given none.
        ClientOptions.Default.Transport = EntraRoute.For(simulator.Entra, ClientOptions.Default.Transport);
        Environment.SetEnvironmentVariable("AZURE_POD_IDENTITY_AUTHORITY_HOST", simulator.MetadataAddress.ToString());
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AZURE_TOKEN_CREDENTIALS")))
        {
            // DefaultAzureCredential would try others first, and give up on a managed identity after a second.
            Environment.SetEnvironmentVariable("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential");
        }
    }

    public PodIdentitySimulator Simulator { get; }

    /// <summary>Gets what leads the checks to the simulated Microsoft Entra ID.</summary>
    public Detour Detour => new(others => new EntraRoute(Simulator.Entra, others));

    /// <summary>Gets the pod as one of workload identity, which it is while a check requires Microsoft Entra ID.</summary>
    public InjectedPod Injected { get; }

    /// <summary>Gets the pod as the webhook left it; <see langword="null"/> while it is none of workload identity.</summary>
    public SimulatedWorkload? Workload => Injected.Workload;

    /// <summary>Gets what a pod gets while NMI is down.</summary>
    public SimulatedIdentity NodeIdentity { get; } = new("node");

    /// <summary>Gets the identities that the pod is supposed to have.</summary>
    public IReadOnlyList<SimulatedIdentity> Identities
    {
        get
        {
            lock (_lock)
            {
                return Workload is null ? [.. _identities] : Injected.Identities;
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

    /// <summary>Tells whether the node has set a variable to this value itself.</summary>
    public static bool HasSet(string variable, string value) =>
        _started?.Workload?.Variables.TryGetValue(variable, out var set) == true && string.Equals(set, value, StringComparison.Ordinal);

    /// <summary>Makes the pod one of workload identity, on a node without NMI.</summary>
    /// <param name="owner">For whom, until <see cref="EndFederation"/>.</param>
    /// <param name="options">Say which identity.</param>
    public void Federate(object owner, PodIdentityHealthCheckOptions options)
    {
        lock (_lock)
        {
            var identity = Provide(options);
            foreach (var bound in _identities)
            {
                Simulator.Pod.Unbind(bound);
                Simulator.Imds.RemoveUserAssigned(bound);
            }

            if (_federatedFor.Count == 0)
            {
                _nmiBefore = Simulator.Nmi.State;
                SetNmi(NmiState.Stopped);
            }

            _federatedFor.Add(owner);
            Injected.Add(owner, identity);
        }
    }

    /// <summary>Makes the pod one of AAD Pod Identity again, once nobody needs the other one: tests start many applications in a process.</summary>
    public void EndFederation(object owner)
    {
        lock (_lock)
        {
            if (!_federatedFor.Remove(owner))
            {
                return;
            }

            Injected.Remove(owner);
            if (_federatedFor.Count == 0)
            {
                _identities.ForEach(identity => Simulator.Pod.Bind(identity));
                SetNmi(_nmiBefore);
            }
        }
    }

    /// <summary>Gives the pod the identity that a check asks for or expects.</summary>
    /// <returns>That identity.</returns>
    public SimulatedIdentity Provide(PodIdentityHealthCheckOptions options)
    {
        // The options are not validated yet, and the node outlives a host that they keep from starting.
        var clientId = IfId(options.ClientId ?? options.ExpectedClientId);
        var objectId = IfId(options.ObjectId ?? options.ExpectedObjectId);
        var resourceId = options.ResourceId ?? options.ExpectedResourceId;
        var tenantId = IfId(options.ExpectedTenantId);
        lock (_lock)
        {
            if (_identities.Find(i => Fits(i.ClientId, clientId) && Fits(i.ObjectId, objectId) && Fits(i.ResourceId, resourceId) && Fits(i.TenantId, tenantId)) is { } known)
            {
                return known;
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
            return named;
        }

        static string? IfId(string? text) => Guid.TryParseExact(text, "D", out _) ? text : null;

        static bool Fits(string has, string? wanted) => wanted is null || string.Equals(has, wanted, StringComparison.Ordinal);
    }

    private void SetNmi(NmiState state) => Simulator.Nmi.SetStateAsync(state).GetAwaiter().GetResult();
}
