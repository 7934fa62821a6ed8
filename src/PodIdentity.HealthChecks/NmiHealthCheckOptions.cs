using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks;

/// <summary>Options of <c>AddNmiHealth()</c>, validated when the host starts.</summary>
/// <remarks>
/// They are named after the registration, <c>nmi</c> by default: <c>services.Configure&lt;NmiHealthCheckOptions&gt;(…)</c> without that name
/// does not reach them. They are read once: a change needs a restart of the application.
/// </remarks>
public sealed class NmiHealthCheckOptions : HealthCheckTimingOptions
{
    /// <summary>Initializes options with their defaults.</summary>
    public NmiHealthCheckOptions() => ResultLifetime = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets the node's address: IPv4, IPv6 or a host name. It cannot be combined with <see cref="Endpoint"/>.</summary>
    /// <value>The default is <see langword="null"/>: the setting or environment variable <c>HOST_IP</c>.</value>
    public string? HostIp { get; set; }

    /// <summary>Gets or sets NMI's probe port.</summary>
    /// <value>The default is 8085, as in AAD Pod Identity's Helm chart. Range: 1 to 65535.</value>
    public int Port { get; set; } = 8085;

    /// <summary>Gets or sets the path of NMI's health endpoint.</summary>
    /// <value>The default is <c>/healthz</c>. It must start with a slash.</value>
    public string Path { get; set; } = "/healthz";

    /// <summary>Gets or sets the whole health endpoint, instead of <see cref="HostIp"/>, <see cref="Port"/> and <see cref="Path"/>.</summary>
    /// <value>The default is <see langword="null"/>.</value>
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// Gets or sets whether NMI must say <c>Active</c>. Before its iptables rules are in place, it answers 200 with <c>Not Active</c>.
    /// </summary>
    /// <value>The default is <see langword="true"/>; with <see langword="false"/> any 200 passes.</value>
    public bool RequireActive { get; set; } = true;

    /// <summary>
    /// Gets or sets whether the check also sends the metadata address a request that only NMI answers. On SIGTERM, NMI stops intercepting, but
    /// says <c>Active</c> for ten more seconds: only this request shows that.
    /// </summary>
    /// <value>The default is <see langword="true"/>. It has no effect while <see cref="RequireActive"/> is <see langword="false"/>.</value>
    public bool VerifyInterception { get; set; } = true;

    /// <summary>Gets or sets the metadata address that <see cref="VerifyInterception"/> asks.</summary>
    /// <value>The default is the value of <c>AZURE_POD_IDENTITY_AUTHORITY_HOST</c>, as for Azure.Identity, or else <c>http://169.254.169.254/</c>.</value>
    public Uri MetadataAddress { get; set; } = MetadataService.Address;
}
