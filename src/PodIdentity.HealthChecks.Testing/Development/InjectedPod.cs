namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>The pod as one of workload identity: the webhook's variables are those of this process.</summary>
internal sealed class InjectedPod(PodIdentitySimulator simulator)
{
    private readonly object _lock = new();
    private readonly List<(object Owner, SimulatedIdentity Identity)> _identities = [];
    private readonly List<SimulatedWorkload> _left = [];
    private IDisposable? _variables;
    private volatile SimulatedWorkload? _workload;

    /// <summary>Another pod is in its place: what has read its variables is to begin anew.</summary>
    public event EventHandler? Replaced;

    /// <summary>Gets the pod as the webhook left it; <see langword="null"/> while no check requires Microsoft Entra ID.</summary>
    public SimulatedWorkload? Workload => _workload;

    /// <summary>Gets the identities that the pod is supposed to have, of which the first is that of its service account.</summary>
    public IReadOnlyList<SimulatedIdentity> Identities
    {
        get
        {
            lock (_lock)
            {
                return [.. _identities.Select(i => i.Identity).Distinct()];
            }
        }
    }

    /// <summary>Gives the pod an identity, which trusts it.</summary>
    /// <param name="owner">Who needs it, until <see cref="Remove"/>.</param>
    /// <param name="identity">The identity.</param>
    public void Add(object owner, SimulatedIdentity identity)
    {
        var isFirst = false;
        lock (_lock)
        {
            if (_identities.Contains((owner, identity)))
            {
                return;
            }

            var isKnown = _identities.Exists(i => i.Identity == identity);
            _identities.Add((owner, identity));
            isFirst = _workload is null;
            if (isFirst)
            {
                Inject(isMissed: false);
            }

            // One that is known may have lost its credential on purpose.
            if (!isKnown)
            {
                SetFederation([identity], isPresent: true);
            }
        }

        if (isFirst)
        {
            Replaced?.Invoke(this, EventArgs.Empty);
        }
    }

    /// <summary>Takes an owner's identities from the pod; without any, the process is as it was.</summary>
    public void Remove(object owner)
    {
        lock (_lock)
        {
            var first = _identities.FirstOrDefault().Identity;
            _identities.RemoveAll(i => ReferenceEquals(i.Owner, owner));
            if (_identities.FirstOrDefault().Identity == first)
            {
                return;
            }

            if (_identities.Count == 0)
            {
                End();
            }
        }

        if (Workload is { } pod)
        {
            Replace(isMissed: pod.TokenFile is null);
        }
        else
        {
            Replaced?.Invoke(this, EventArgs.Empty);
        }
    }

    /// <summary>Puts a new pod in its place, which the webhook injects or misses.</summary>
    public void Replace(bool isMissed)
    {
        lock (_lock)
        {
            if (_identities.Count == 0)
            {
                return;
            }

            // The credentials of an application that goes on still read its token.
            if (_workload is { } before)
            {
                _left.Add(before);
            }

            Inject(isMissed);
        }

        Replaced?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Tells whether a variable has this value from the pod, or from one before it, or has it no more: the last pod has ended meanwhile.</summary>
    public bool HasSet(string variable, string value)
    {
        lock (_lock)
        {
            return !string.Equals(Environment.GetEnvironmentVariable(variable), value, StringComparison.Ordinal)
                || _left.Append(_workload).Any(pod => string.Equals(pod?.Variables.GetValueOrDefault(variable), value, StringComparison.Ordinal));
        }
    }

    /// <summary>Tells whether each identity has the federated credential that fits the pod.</summary>
    public bool HasFederation()
    {
        lock (_lock)
        {
            return _workload is { } pod && Identities.All(i => simulator.Entra.CredentialsOf(i).Contains(pod.FederatedCredential));
        }
    }

    /// <summary>Sets or deletes each identity's federated credential for the pod.</summary>
    public void SetFederation(bool isPresent)
    {
        lock (_lock)
        {
            SetFederation(Identities, isPresent);
        }
    }

    private void SetFederation(IReadOnlyList<SimulatedIdentity> identities, bool isPresent)
    {
        foreach (var identity in identities)
        {
            simulator.Entra.RemoveFederatedCredential(identity, _workload!.FederatedCredential);
            if (isPresent)
            {
                simulator.Entra.AddFederatedCredential(identity, _workload.FederatedCredential);
            }
        }
    }

    private void Inject(bool isMissed)
    {
        simulator.WorkloadIdentity.WebhookDown = isMissed;
        _workload = simulator.WorkloadIdentity.Inject(_identities[0].Identity);
        simulator.WorkloadIdentity.WebhookDown = false;

        // A check that is made while one pod follows another finds the variables of either: what was there before them all comes back at the end.
        var variables = _workload.ApplyVariables();
        _variables ??= variables;
    }

    private void End()
    {
        _variables?.Dispose();
        _workload?.Dispose();
        _left.ForEach(pod => pod.Dispose());
        _left.Clear();
        (_variables, _workload) = (null, null);
    }
}
