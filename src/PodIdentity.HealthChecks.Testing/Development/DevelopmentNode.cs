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
    private readonly HashSet<object> _owners = [];
    private readonly HashSet<object> _federatedFor = [];
    private readonly HashSet<(object Owner, SimulatedIdentity Identity)> _needed = [];
    private Action _bringNmiBack = static () => { };
    private Action _bringDefaultBack = static () => { };

    private DevelopmentNode(PodIdentitySimulator simulator)
    {
        Simulator = simulator;
        Injected = new InjectedPod(simulator);
        Switches = new Switches(this);
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

    /// <summary>Gets what breaks it, for whichever application shows it.</summary>
    public Switches Switches { get; }

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
            if (_started is null)
            {
                var simulator = PodIdentitySimulator.StartAsync(options =>
                {
                    configure?.Invoke(options);
                    options.StartWithIdentity = false;
                }).GetAwaiter().GetResult();
                AppDomain.CurrentDomain.ProcessExit += (_, _) => simulator.DeleteFiles();
                _started = new DevelopmentNode(simulator);
            }

            return _started;
        }
    }

    /// <summary>Tells whether the node has set a variable to this value itself.</summary>
    public static bool HasSet(string variable, string value) => _started?.Injected.HasSet(variable, value) is true;

    /// <summary>Is there for an application, until <see cref="Leave"/>.</summary>
    public void Enter(object owner)
    {
        lock (_lock)
        {
            _owners.Add(owner);
        }
    }

    /// <summary>Makes the pod one of workload identity, on a node without NMI.</summary>
    /// <param name="owner">For whom, until <see cref="Leave"/>.</param>
    /// <param name="options">Say which identity.</param>
    public void Federate(object owner, PodIdentityHealthCheckOptions options)
    {
        lock (_lock)
        {
            if (_federatedFor.Count == 0)
            {
                _bringNmiBack = RememberNmi();
                SetNmi(NmiState.Stopped);
            }

            var identity = Provide(owner, options);
            _identities.ForEach(Unbind);

            _federatedFor.Add(owner);
            Injected.Add(owner, identity);
        }
    }

    /// <summary>Gives the pod the identity that a check asks for or expects.</summary>
    /// <param name="owner">For whom, until <see cref="Leave"/>.</param>
    /// <param name="options">Say which identity. They may yet be refused.</param>
    /// <returns>That identity.</returns>
    public SimulatedIdentity Provide(object owner, PodIdentityHealthCheckOptions options)
    {
        var clientId = options.ClientId ?? options.ExpectedClientId;
        var objectId = options.ObjectId ?? options.ExpectedObjectId;
        var resourceId = options.ResourceId ?? options.ExpectedResourceId;
        var tenantId = options.ExpectedTenantId;
        lock (_lock)
        {
            var identity = _identities.Find(i => Fits(i.ClientId, clientId) && Fits(i.ObjectId, objectId) && Fits(i.ResourceId, resourceId) && Fits(i.TenantId, tenantId));
            if (identity is null)
            {
                if (_identities.Remove(_default))
                {
                    // NMI would choose among several at random where the application names none.
                    _bringDefaultBack = RememberBinding(_default);
                    Unbind(_default);
                }

                var any = new SimulatedIdentity($"app-{_identities.Count}");
                identity = new SimulatedIdentity(any.Name)
                {
                    ClientId = clientId ?? any.ClientId,
                    ObjectId = objectId ?? any.ObjectId,
                    ResourceId = resourceId ?? any.ResourceId,
                    TenantId = tenantId ?? any.TenantId,
                };
                _identities.Add(identity);
                Simulator.Pod.Bind(identity);
            }

            _needed.Add((owner, identity));
            return identity;
        }

        static bool Fits(string has, string? wanted) => wanted is null || string.Equals(has, wanted, StringComparison.Ordinal);
    }

    /// <summary>Takes from the pod what only this owner needed. Tests start many applications in a process.</summary>
    public void Leave(object owner)
    {
        lock (_lock)
        {
            _owners.Remove(owner);
            _needed.RemoveWhere(needed => ReferenceEquals(needed.Owner, owner));
            var isLast = _owners.Count == 0;
            foreach (var identity in _identities.Where(i => (isLast || i != _default) && !_needed.Any(needed => needed.Identity == i)).ToList())
            {
                _identities.Remove(identity);
                Unbind(identity);
                Simulator.Entra.RemoveIdentity(identity);
            }

            if (_identities.Count == 0)
            {
                _identities.Add(_default);
                if (isLast)
                {
                    Simulator.Pod.Bind(_default);
                }
                else
                {
                    _bringDefaultBack();
                }
            }

            if (_federatedFor.Remove(owner) && _federatedFor.Count == 0)
            {
                _bringNmiBack();
            }

            Injected.Remove(owner);
            if (isLast)
            {
                Switches.End();
                if (Simulator.Nmi.State is NmiState.Stopping)
                {
                    SetNmi(NmiState.Stopped);
                }
            }
        }
    }

    /// <returns>What brings NMI back, with what the user has switched there.</returns>
    private Action RememberNmi()
    {
        // NMI has ended by the time that it is back.
        var nmi = Simulator.Nmi.State is NmiState.Stopping ? NmiState.Stopped : Simulator.Nmi.State;
        var before = _identities.ToDictionary(i => i, RememberBinding);
        return () =>
        {
            foreach (var identity in _identities)
            {
                before.GetValueOrDefault(identity, () => Simulator.Pod.Bind(identity))();
            }

            SetNmi(nmi);
        };
    }

    /// <returns>What binds an identity again as it is bound now, or is not.</returns>
    private Action RememberBinding(SimulatedIdentity identity)
    {
        var (binding, isOnNode) = (Simulator.Pod.StateOf(identity), Simulator.Imds.UserAssigned.Contains(identity));
        return () =>
        {
            Simulator.Pod.Bind(identity, binding is BindingState.Assigned); // puts it on the node as well
            if (binding is BindingState.None)
            {
                Simulator.Pod.Unbind(identity);
            }

            if (!isOnNode)
            {
                Simulator.Imds.RemoveUserAssigned(identity);
            }
        };
    }

    private void Unbind(SimulatedIdentity identity)
    {
        Simulator.Pod.Unbind(identity);
        Simulator.Imds.RemoveUserAssigned(identity);
    }

    private void SetNmi(NmiState state) => Simulator.Nmi.SetStateAsync(state).GetAwaiter().GetResult();
}
