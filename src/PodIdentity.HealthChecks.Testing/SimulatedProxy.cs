namespace PodIdentity.HealthChecks.Testing;

/// <summary>The state of the simulated proxy sidecar of azure-workload-identity, which serves applications that still ask 169.254.169.254.</summary>
public sealed class SimulatedProxy
{
    private readonly Action _changed;
    private volatile bool _enabled;

    internal SimulatedProxy(Action changed) => _changed = changed;

    /// <summary>Gets or sets whether the pod has the sidecar. It then answers new connections to the metadata address, whatever NMI's state.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool Enabled
    {
        get => _enabled;
        set
        {
            _enabled = value;
            _changed();
        }
    }

    /// <summary>Gets or sets the sidecar's <c>AZURE_CLIENT_ID</c>, for requests without <c>client_id</c>.</summary>
    /// <value>The default is <see langword="null"/>: such requests get 400.</value>
    public string? DefaultClientId { get; set; }

    /// <summary>Gets or sets whether the sidecar keeps its credential for 25 hours, as in versions from 1.6.0 on, and answers from its cache: a refusal by Entra goes unnoticed.</summary>
    /// <value>The default is <see langword="false"/>: each request is an exchange, as in versions up to 1.5.1.</value>
    public bool KeepsCredential { get; set; }

    /// <summary>Gets or sets Entra's refusal, for example <c>AADSTS70021: No matching federated identity record found</c>.</summary>
    /// <value>The default is <see langword="null"/>: any client ID gets a token. Otherwise, the sidecar answers 500 with this text.</value>
    public string? EntraError { get; set; }
}
