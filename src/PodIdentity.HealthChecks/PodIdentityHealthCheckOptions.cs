namespace PodIdentity.HealthChecks;

/// <summary>Options of <c>AddPodIdentity()</c>, validated when the host starts.</summary>
/// <remarks>
/// They are named after the registration, <c>pod_identity</c> by default: <c>services.Configure&lt;PodIdentityHealthCheckOptions&gt;(…)</c>
/// without that name does not reach them. They are read once: a change needs a restart of the application.
/// Client, object and tenant IDs are GUIDs of 36 characters, with dashes and without braces or spaces.
/// </remarks>
public sealed class PodIdentityHealthCheckOptions : HealthCheckTimingOptions
{
    /// <summary>
    /// Gets or sets the client ID of the identity to request. NMI compares it exactly, including upper and lower case. Set at most one of
    /// <see cref="ClientId"/>, <see cref="ResourceId"/> and <see cref="ObjectId"/>.
    /// </summary>
    /// <value>
    /// The default is <see langword="null"/>: with workload identity, the identity in <c>AZURE_CLIENT_ID</c>; with NMI, any identity that the
    /// pod is bound to.
    /// </value>
    public string? ClientId { get; set; }

    /// <summary>Gets or sets the ARM resource ID of the user-assigned identity to request.</summary>
    /// <value>
    /// The default is <see langword="null"/>. It cannot be combined with a <see cref="RequiredResponder"/> of
    /// <see cref="PodIdentityResponder.Entra"/> or <see cref="PodIdentityResponder.IdentityBindingProxy"/>: use <see cref="ExpectedResourceId"/>.
    /// </value>
    public string? ResourceId { get; set; }

    /// <summary>Gets or sets the object (principal) ID of the identity to request. NMI ignores it; IMDS does not.</summary>
    /// <value>
    /// The default is <see langword="null"/>. It cannot be combined with a <see cref="RequiredResponder"/> of
    /// <see cref="PodIdentityResponder.Entra"/> or <see cref="PodIdentityResponder.IdentityBindingProxy"/>: use <see cref="ExpectedObjectId"/>.
    /// </value>
    public string? ObjectId { get; set; }

    /// <summary>Gets or sets the resource that the token is for: an absolute URI without <c>/.default</c>, sent as written.</summary>
    /// <value>The default is <c>https://management.azure.com/</c>.</value>
    public string Resource { get; set; } = "https://management.azure.com/";

    /// <summary>
    /// Gets or sets the whole token endpoint. Requests to Microsoft Entra ID never go there. The endpoint's own query parameters are kept. It
    /// cannot be combined with a credential factory.
    /// </summary>
    /// <value>
    /// The default is <see langword="null"/>: what Azure.Identity uses, <c>http://169.254.169.254/metadata/identity/oauth2/token</c> unless
    /// <c>AZURE_POD_IDENTITY_AUTHORITY_HOST</c> is set.
    /// </value>
    public Uri? TokenEndpoint { get; set; }

    /// <summary>Gets or sets the client ID that the token must be for (its <c>appid</c> or <c>azp</c> claim).</summary>
    /// <value>The default is <see langword="null"/>: that of <see cref="ClientId"/>, if set.</value>
    public string? ExpectedClientId { get; set; }

    /// <summary>Gets or sets the object ID that the token must be for (its <c>oid</c> claim).</summary>
    /// <value>The default is <see langword="null"/>: that of <see cref="ObjectId"/>, if set.</value>
    public string? ExpectedObjectId { get; set; }

    /// <summary>Gets or sets the tenant that must have issued the token (its <c>tid</c> claim).</summary>
    /// <value>The default is <see langword="null"/>: any.</value>
    public string? ExpectedTenantId { get; set; }

    /// <summary>Gets or sets the ARM resource ID that the token must be for (its <c>xms_mirid</c> claim).</summary>
    /// <value>The default is <see langword="null"/>: that of <see cref="ResourceId"/>, if set.</value>
    public string? ExpectedResourceId { get; set; }

    /// <summary>
    /// Gets or sets who must answer. With <see cref="PodIdentityResponder.Nmi"/>, the check refuses a token that the node's IMDS issues while
    /// NMI is down or stopping. The option cannot be combined with a credential factory.
    /// </summary>
    /// <value>The default is <see langword="null"/>: anybody.</value>
    public PodIdentityResponder? RequiredResponder { get; set; }

    /// <summary>Gets or sets NMI's health endpoint, which is asked why a token request failed.</summary>
    /// <value>
    /// The default is <see langword="null"/>: the endpoint of <c>AddNmiHealth()</c> or, if there is none or several differ,
    /// <c>http://HOST_IP:8085/healthz</c>, from the setting or environment variable <c>HOST_IP</c>. NMI is not asked if that is missing, too, or
    /// if <see cref="RequiredResponder"/> names somebody else.
    /// </value>
    public Uri? NmiHealthEndpoint { get; set; }

    /// <summary>Gets or sets how much lifetime a token must have left. With less, the check is Degraded.</summary>
    /// <value>The default is 5 minutes. Range: zero to 24 hours.</value>
    public TimeSpan MinimumTokenLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Gets or sets whether each attempt makes a round trip. A check that takes cached tokens stays healthy for up to a day after the token
    /// service dies.
    /// </summary>
    /// <value>
    /// The default is <see langword="null"/>: yes for the check's own credential, and for a supplied <c>ManagedIdentityCredential</c> or
    /// <c>WorkloadIdentityCredential</c>; no for any other, since developer credentials reject requests that bypass the cache.
    /// <see langword="false"/> cannot be combined with <see cref="RequiredResponder"/>: a cached token has no responder.
    /// </value>
    public bool? BypassTokenCache { get; set; }
}
