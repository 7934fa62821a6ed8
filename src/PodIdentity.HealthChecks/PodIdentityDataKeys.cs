using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks;

/// <summary>The keys of <see cref="HealthCheckResult.Data"/>. A key is present only if its value is known. No value holds a token's text.</summary>
public static class PodIdentityDataKeys
{
    /// <summary>Why the check is not healthy: the name of a <see cref="PodIdentityFailureReason"/> (<see cref="string"/>).</summary>
    public const string Reason = "reason";

    /// <summary>What to do about it, without the last full stop. The description ends with the same text (<see cref="string"/>).</summary>
    public const string Hint = "hint";

    /// <summary>
    /// What gives the pod its tokens, as far as the attempt could tell: <c>PodIdentity</c> (NMI), <c>WorkloadIdentity</c> (Microsoft Entra ID itself),
    /// <c>IdentityBinding</c>, <c>WorkloadIdentityProxy</c>, <c>Imds</c> (the node's identity) or <c>None</c> (<see cref="string"/>).
    /// </summary>
    public const string Mode = "mode";

    /// <summary>Who answered: the name of a <see cref="PodIdentityResponder"/> (<see cref="string"/>).</summary>
    public const string Responder = "responder";

    /// <summary>The address that was asked, without its query (<see cref="string"/>).</summary>
    public const string Endpoint = "endpoint";

    /// <summary>The HTTP status code of the answer (<see cref="int"/>).</summary>
    public const string HttpStatus = "httpStatus";

    /// <summary>How long the attempt took (<see cref="TimeSpan"/>).</summary>
    public const string Elapsed = "elapsed";

    /// <summary>The resource that the token was requested for (<see cref="string"/>).</summary>
    public const string Resource = "resource";

    /// <summary>
    /// When the token was issued: its <c>iat</c> claim, which Microsoft Entra ID backdates by five minutes. A token service with a cache
    /// may return a token that was issued earlier (<see cref="DateTimeOffset"/>).
    /// </summary>
    public const string IssuedAt = "issuedAt";

    /// <summary>When the token expires (<see cref="DateTimeOffset"/>).</summary>
    public const string ExpiresOn = "expiresOn";

    /// <summary>How much lifetime the token had left when the attempt ended (<see cref="TimeSpan"/>).</summary>
    public const string RemainingLifetime = "remainingLifetime";

    /// <summary>The client (application) ID that the token was issued for: its <c>appid</c> or <c>azp</c> claim (<see cref="string"/>).</summary>
    public const string ClientId = "clientId";

    /// <summary>The object (principal) ID that the token was issued for: its <c>oid</c> claim (<see cref="string"/>).</summary>
    public const string ObjectId = "objectId";

    /// <summary>The tenant that issued the token: its <c>tid</c> claim (<see cref="string"/>).</summary>
    public const string TenantId = "tenantId";

    /// <summary>The ARM resource ID of the identity: the token's <c>xms_mirid</c> claim (<see cref="string"/>).</summary>
    public const string ResourceId = "resourceId";

    /// <summary>What NMI's <c>/healthz</c> said, if it was asked (<see cref="string"/>).</summary>
    public const string NmiHealth = "nmiHealth";
}
