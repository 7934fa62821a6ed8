using System.Security.Cryptography.X509Certificates;
using PodIdentity.HealthChecks.Testing.Tls;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>
/// The simulated proxy of AKS identity bindings, which exchanges tokens in Entra's place, over TLS with a CA of its own. Faults and errors of
/// <see cref="PodIdentitySimulator.Entra"/> come through it.
/// </summary>
public sealed class SimulatedBinding
{
    private readonly ServerIdentity _server;

    internal SimulatedBinding(Uri address, ServerIdentity server) => (Address, _server) = (address, server);

    /// <summary>Gets its address, the value for <c>AZURE_KUBERNETES_TOKEN_PROXY</c>.</summary>
    public Uri Address { get; }

    /// <summary>Gets the name in its certificate, the value for <c>AZURE_KUBERNETES_SNI_NAME</c>. DNS does not resolve it. A connection for another name reaches the API server.</summary>
    public string ServerName { get; } = "5a1e8f2c.ests.aks";

    /// <summary>Gets the CA that issues its certificate.</summary>
    public X509Certificate2 CertificateAuthority => _server.Authority;

    /// <summary>Gets the path of a PEM file with that CA, the value for <c>AZURE_KUBERNETES_CA_FILE</c>. It is deleted with the simulator.</summary>
    public string CertificateAuthorityFile => _server.AuthorityFile;

    /// <summary>
    /// Gets or sets whether a ClusterRole grants service accounts the verb <c>use-managed-identity</c>. Without it the answer is 403. The real
    /// proxy's answer is not known.
    /// </summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Authorized { get; set; } = true;

    /// <summary>Replaces the CA, as the cluster does when it renews its certificates: for new connections, and in <see cref="CertificateAuthorityFile"/>.</summary>
    public void RotateCertificateAuthority() => _server.Exchange();

    internal X509Certificate2 CertificateFor(string name) => _server.CertificateFor(Serves(name) ? ServerName : "kubernetes.default.svc");

    internal bool Serves(string name) => name.Equals(ServerName, StringComparison.OrdinalIgnoreCase);
}
