using System.Net;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>How far the binding of an identity to a pod has progressed.</summary>
public enum BindingState
{
    /// <summary>The identity is not bound to the pod.</summary>
    None,

    /// <summary>Bound, but not yet assigned to the pod's node (MIC, AAD Pod Identity's controller, usually takes 10 s to 60 s).</summary>
    Created,

    /// <summary>Bound, and assigned to the pod's node.</summary>
    Assigned,
}

/// <summary>A pod as NMI knows it.</summary>
public sealed class SimulatedPod
{
    private readonly object _lock = new();
    private readonly List<(SimulatedIdentity Identity, BindingState State)> _bindings = [];
    private readonly SimulatedImds _imds;
    private volatile bool _excepted;

    internal SimulatedPod(SimulatedImds imds, string name, string @namespace, IPAddress? address)
    {
        _imds = imds;
        Name = name;
        Namespace = @namespace;
        Address = address;
    }

    /// <summary>Gets the pod's name.</summary>
    public string Name { get; }

    /// <summary>Gets the pod's namespace.</summary>
    public string Namespace { get; }

    /// <summary>Gets the address that the pod's requests come from; <see langword="null"/> for <see cref="PodIdentitySimulator.Pod"/>, to which requests from all other addresses belong.</summary>
    public IPAddress? Address { get; }

    /// <summary>Gets or sets whether an <c>AzurePodIdentityException</c> covers the pod: NMI then gives it the node's own identity.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool Excepted
    {
        get => _excepted;
        set => _excepted = value;
    }

    /// <summary>Gets a snapshot of the identities bound to the pod, assigned or not.</summary>
    public IReadOnlyList<SimulatedIdentity> Bound
    {
        get
        {
            lock (_lock)
            {
                return [.. _bindings.Select(b => b.Identity)];
            }
        }
    }

    /// <summary>Binds an identity to the pod, or changes the state of its binding.</summary>
    /// <param name="identity">The identity.</param>
    /// <param name="assigned"><see langword="true"/> also puts the identity on the node, as MIC does. With <see langword="false"/>, the binding
    /// is <c>Created</c> only, and in standard mode NMI waits for it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="identity"/> is <see langword="null"/>.</exception>
    public void Bind(SimulatedIdentity identity, bool assigned = true)
    {
        ArgumentNullException.ThrowIfNull(identity);
        if (assigned)
        {
            _imds.AddUserAssigned(identity);
        }

        lock (_lock)
        {
            _bindings.RemoveAll(b => b.Identity == identity);
            _bindings.Add((identity, assigned ? BindingState.Assigned : BindingState.Created));
        }
    }

    /// <summary>Removes the binding of an identity, if there is one. The identity stays on the node.</summary>
    /// <param name="identity">The identity.</param>
    public void Unbind(SimulatedIdentity identity)
    {
        lock (_lock)
        {
            _bindings.RemoveAll(b => b.Identity == identity);
        }
    }

    /// <summary>Removes all bindings. The identities stay on the node.</summary>
    public void UnbindAll()
    {
        lock (_lock)
        {
            _bindings.Clear();
        }
    }

    /// <summary>Gets how far the binding of an identity has progressed.</summary>
    /// <param name="identity">The identity.</param>
    /// <returns>The state: <see cref="BindingState.None"/> if the identity is not bound.</returns>
    public BindingState StateOf(SimulatedIdentity identity)
    {
        lock (_lock)
        {
            return _bindings.Find(b => b.Identity == identity).State;
        }
    }

    internal IReadOnlyList<SimulatedIdentity> BoundIn(BindingState state)
    {
        lock (_lock)
        {
            return [.. _bindings.Where(b => b.State == state).Select(b => b.Identity)];
        }
    }
}
