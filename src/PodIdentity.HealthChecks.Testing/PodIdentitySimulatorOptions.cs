using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>How a <see cref="PodIdentitySimulator"/> starts. Everything else is set on the running simulator.</summary>
public sealed class PodIdentitySimulatorOptions
{
    /// <summary>Gets or sets the clock for every wait, for token lifetimes and for <see cref="SimulatedRequest.At"/>.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public TimeProvider TimeProvider
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    } = TimeProvider.System;

    /// <summary>Gets or sets the factor for the waits of NMI and IMDS and for Entra's propagation delay: at 0.01, NMI's wait of 80 s takes 0.8 s.</summary>
    /// <value>The default is 1. Greater than 0. Token lifetimes and the window of IMDS's rate limit are not scaled.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not greater than 0, or not finite.</exception>
    public double TimeScale
    {
        get;
        set => field = value > 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The time scale must be greater than 0, for example 0.01.");
    } = 1.0;

    /// <summary>Gets or sets whether one identity is on the node and bound to <see cref="PodIdentitySimulator.Pod"/> from the start.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool StartWithIdentity { get; set; } = true;

    /// <summary>Gets or sets the port of <see cref="PodIdentitySimulator.MetadataAddress"/>.</summary>
    /// <value>The default is 0: any free port.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 0 and 65535.</exception>
    public int MetadataPort
    {
        get;
        set => field = CheckedPort(value);
    }

    /// <summary>Gets or sets the port of <see cref="PodIdentitySimulator.NmiProbeAddress"/>.</summary>
    /// <value>The default is 0: any free port. NMI's chart uses 8085.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 0 and 65535.</exception>
    public int NmiProbePort
    {
        get;
        set => field = CheckedPort(value);
    }

    /// <summary>Gets or sets the port of <see cref="SimulatedEntra.Address"/>.</summary>
    /// <value>The default is 0: any free port.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 0 and 65535.</exception>
    public int EntraPort
    {
        get;
        set => field = CheckedPort(value);
    }

    /// <summary>Gets or sets the port of <see cref="SimulatedBinding.Address"/>.</summary>
    /// <value>The default is 0: any free port.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 0 and 65535.</exception>
    public int BindingPort
    {
        get;
        set => field = CheckedPort(value);
    }

    /// <summary>Gets or sets the host name in Entra's address and certificate. In a cluster, use the name of the simulator's Service.</summary>
    /// <value>The default is <c>localhost</c>.</value>
    /// <exception cref="ArgumentException">The value is not a host name.</exception>
    public string EntraHost
    {
        get;
        set => field = Uri.CheckHostName(value) is not UriHostNameType.Unknown
            ? value
            : throw new ArgumentException($"'{value}' is not a host name.", nameof(value));
    } = "localhost";

    /// <summary>
    /// Gets or sets the CA that issues Entra's certificate, with the CA's private key. Set it if a process must trust the CA before the simulator
    /// starts: for example the test process itself, which reads <c>SSL_CERT_FILE</c> only once.
    /// </summary>
    /// <value>The default is <see langword="null"/>: a new one.</value>
    /// <exception cref="ArgumentException">The certificate has no private key.</exception>
    public X509Certificate2? CertificateAuthority
    {
        get;
        set => field = value is null or { HasPrivateKey: true }
            ? value
            : throw new ArgumentException("A CA needs its private key to issue a certificate.", nameof(value));
    }

    /// <summary>Gets or sets the address that the ports listen on.</summary>
    /// <value>The default is <see cref="IPAddress.Loopback"/>.</value>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    public IPAddress ListenAddress
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    } = IPAddress.Loopback;

    /// <summary>
    /// Gets or sets where NMI itself listens, for iptables rules of your own, such as
    /// <c>-t nat -A PREROUTING -d 169.254.169.254/32 -p tcp --dport 80 -j DNAT --to-destination NODE:2579</c>.
    /// It refuses connections while NMI is not running.
    /// </summary>
    /// <value>The default is <see langword="null"/>: NMI is reached through <see cref="PodIdentitySimulator.MetadataAddress"/> only.</value>
    public IPEndPoint? NmiEndPoint { get; set; }

    /// <summary>Gets or sets where IMDS itself listens, whatever NMI's state. On a real node, that is 169.254.169.254:80.</summary>
    /// <value>The default is <see langword="null"/>: IMDS is reached through <see cref="PodIdentitySimulator.MetadataAddress"/> only.</value>
    public IPEndPoint? ImdsEndPoint { get; set; }

    private static int CheckedPort(int port)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, IPEndPoint.MinPort);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        return port;
    }
}
