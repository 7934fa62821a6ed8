namespace PodIdentity.HealthChecks;

/// <summary>Options of the check that <c>AddPodIdentity()</c> adds. They are validated when the host starts.</summary>
/// <remarks>
/// They have the registration's name, <c>pod_identity</c> by default: <c>services.Configure&lt;PodIdentityHealthCheckOptions&gt;(…)</c>
/// without that name does not reach them. They are read once: a later change to the configuration takes effect only when the application
/// restarts. Client, object and tenant IDs are GUIDs of 36 characters, with dashes and without braces or spaces.
/// </remarks>
public sealed class PodIdentityHealthCheckOptions : HealthCheckTimingOptions
{
    /// <summary>
    /// Gets or sets the client ID of the identity to ask for. At most one of <see cref="ClientId"/>, <see cref="ResourceId"/> and
    /// <see cref="ObjectId"/> may be set.
    /// </summary>
    /// <value>
    /// The default is <see langword="null"/>: with workload identity, the identity in <c>AZURE_CLIENT_ID</c>; with NMI, the identity that the pod is
    /// bound to, whichever that is.
    /// </value>
    /// <remarks>NMI compares it character by character: write it as the <c>AzureIdentity</c> does.</remarks>
    public string? ClientId { get; set; }

    /// <summary>Gets or sets the ARM resource ID of the user-assigned identity to ask for.</summary>
    /// <value>
    /// The default is <see langword="null"/>. It cannot be combined with a <see cref="RequiredResponder"/> of
    /// <see cref="PodIdentityResponder.Entra"/> or <see cref="PodIdentityResponder.IdentityBindingProxy"/>: use <see cref="ExpectedResourceId"/>.
    /// </value>
    public string? ResourceId { get; set; }

    /// <summary>Gets or sets the object (principal) ID of the identity to ask for. NMI ignores it; IMDS does not.</summary>
    /// <value>
    /// The default is <see langword="null"/>. It cannot be combined with a <see cref="RequiredResponder"/> of
    /// <see cref="PodIdentityResponder.Entra"/> or <see cref="PodIdentityResponder.IdentityBindingProxy"/>: use <see cref="ExpectedObjectId"/>.
    /// </value>
    public string? ObjectId { get; set; }

    /// <summary>Gets or sets the resource to request a token for: an absolute URI, sent exactly as written here.</summary>
    /// <value>The default is <c>https://management.azure.com/</c>.</value>
    public string Resource { get; set; } = "https://management.azure.com/";

    /// <summary>
    /// Gets or sets the whole token endpoint. Only requests to the metadata service go there, never those to Microsoft Entra ID. The
    /// endpoint's own query parameters are kept. It cannot be combined with a credential factory.
    /// </summary>
    /// <value>
    /// The default is <see langword="null"/>: whatever Azure.Identity uses, <c>http://169.254.169.254/metadata/identity/oauth2/token</c>
    /// unless <c>AZURE_POD_IDENTITY_AUTHORITY_HOST</c> is set.
    /// </value>
    public Uri? TokenEndpoint { get; set; }

    /// <summary>Gets or sets the client ID that the token must have been issued for (its <c>appid</c> or <c>azp</c> claim).</summary>
    /// <value>The default is <see langword="null"/>: that of <see cref="ClientId"/>, if set.</value>
    public string? ExpectedClientId { get; set; }

    /// <summary>Gets or sets the object ID that the token must have been issued for (its <c>oid</c> claim).</summary>
    /// <value>The default is <see langword="null"/>: that of <see cref="ObjectId"/>, if set.</value>
    public string? ExpectedObjectId { get; set; }

    /// <summary>Gets or sets the tenant that must have issued the token (its <c>tid</c> claim).</summary>
    /// <value>The default is <see langword="null"/>: any.</value>
    public string? ExpectedTenantId { get; set; }

    /// <summary>Gets or sets the ARM resource ID of the identity that the token must have been issued for (its <c>xms_mirid</c> claim).</summary>
    /// <value>The default is <see langword="null"/>: that of <see cref="ResourceId"/>, if set.</value>
    public string? ExpectedResourceId { get; set; }

    /// <summary>
    /// Gets or sets who must answer. With <see cref="PodIdentityResponder.Nmi"/> a token that the node's IMDS hands out while NMI is
    /// down or stopping is refused. It cannot be combined with a credential factory: nobody sees who answers such a credential.
    /// </summary>
    /// <value>The default is <see langword="null"/>: anybody.</value>
    public PodIdentityResponder? RequiredResponder { get; set; }

    /// <summary>Gets or sets NMI's health endpoint, which is asked when a token request fails, to tell why.</summary>
    /// <value>
    /// The default is <see langword="null"/>: the endpoint that the application's <c>AddNmiHealth()</c> asks, if all of them ask the same one; otherwise
    /// <c>http://HOST_IP:8085/healthz</c>, if the setting or environment variable <c>HOST_IP</c> is present; otherwise NMI is not asked.
    /// Nor is it if <see cref="RequiredResponder"/> names somebody else.
    /// </value>
    public Uri? NmiHealthEndpoint { get; set; }

    /// <summary>Gets or sets how much lifetime a token must have left; with less, the check is degraded.</summary>
    /// <value>The default is 5 minutes. Range: zero to 24 hours.</value>
    public TimeSpan MinimumTokenLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Gets or sets whether each attempt makes a round trip instead of taking the token from the credential's cache. Without it, a check
    /// stays healthy for up to a day after the token service dies.
    /// </summary>
    /// <value>
    /// The default is <see langword="null"/>: yes for the credential that the check makes, and for a supplied
    /// <c>ManagedIdentityCredential</c> or <c>WorkloadIdentityCredential</c>; no for any other, since developer credentials reject such
    /// requests.
    /// <see langword="false"/> cannot be combined with <see cref="RequiredResponder"/>: a cached token has no responder.
    /// </value>
    public bool? BypassTokenCache { get; set; }
}
