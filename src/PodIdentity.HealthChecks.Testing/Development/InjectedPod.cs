namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>The pod as one of workload identity: the webhook's variables are those of this process.</summary>
internal sealed class InjectedPod(PodIdentitySimulator simulator)
{
    private readonly object _lock = new();
    private readonly List<SimulatedIdentity> _identities = [];
    private IDisposable? _variables;
    private volatile SimulatedWorkload? _workload;

    /// <summary>Gets the pod as the webhook left it; <see langword="null"/> while no check requires Microsoft Entra ID.</summary>
    public SimulatedWorkload? Workload => _workload;

    /// <summary>Gets the identities that the pod is supposed to have, of which the first is that of its service account.</summary>
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

    /// <summary>Gives the pod an identity, which trusts it.</summary>
    public void Add(SimulatedIdentity identity)
    {
        lock (_lock)
        {
            if (!_identities.Contains(identity))
            {
                _identities.Add(identity);
            }

            if (_workload is null)
            {
                Replace(isMissed: false);
            }

            SetFederation(isPresent: true);
        }
    }

    /// <summary>Puts a new pod in its place, which the webhook injects or misses.</summary>
    public void Replace(bool isMissed)
    {
        lock (_lock)
        {
            var before = _workload;
            _variables?.Dispose();
            simulator.WorkloadIdentity.WebhookDown = isMissed;
            _workload = simulator.WorkloadIdentity.Inject(_identities[0]);
            simulator.WorkloadIdentity.WebhookDown = false;
            _variables = _workload.ApplyVariables();
            before?.Dispose();
        }
    }

    /// <summary>Tells whether each identity has the federated credential that fits the pod.</summary>
    public bool HasFederation()
    {
        lock (_lock)
        {
            return _workload is { } pod && _identities.TrueForAll(i => simulator.Entra.CredentialsOf(i).Contains(pod.FederatedCredential));
        }
    }

    public void SetFederation(bool isPresent)
    {
        lock (_lock)
        {
            foreach (var identity in _identities)
            {
                simulator.Entra.RemoveFederatedCredential(identity, _workload!.FederatedCredential);
                if (isPresent)
                {
                    simulator.Entra.AddFederatedCredential(identity, _workload.FederatedCredential);
                }
            }
        }
    }

    /// <summary>Leaves the process as it was.</summary>
    public void End()
    {
        lock (_lock)
        {
            _variables?.Dispose();
            _workload?.Dispose();
            (_variables, _workload) = (null, null);
            _identities.Clear();
        }
    }
}
