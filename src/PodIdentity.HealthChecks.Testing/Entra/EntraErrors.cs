using System.Collections.Frozen;
using System.Globalization;

namespace PodIdentity.HealthChecks.Testing.Entra;

/// <summary>The refusals of Microsoft Entra ID: their status, their OAuth error and their words.</summary>
internal static class EntraErrors
{
    private const string See = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";
    private const string Compare = $"Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. {See}";
    private const string NoMatch = "No matching federated identity record found for presented assertion";
    private const string WrongTenant =
        "This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.";

    private static readonly FrozenDictionary<int, Entry> All = new Dictionary<int, Entry>
    {
        [50027] = new(400, "invalid_request", (_, _) => "JWT token is invalid or malformed."),
        [50034] = new(400, "invalid_grant", (r, _) => $"The user account {{EUII Hidden}} does not exist in the {r.Tenant} directory. To sign into this application, the account must be added to the directory."),
        [50196] = new(400, "invalid_grant", (_, _) => "The server terminated an operation because it encountered a client request loop. Please contact your app vendor."),
        [53003] = new(400, "invalid_grant", (_, _) => "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
        [70011] = new(400, "invalid_scope", (r, _) => $"The provided value for the input parameter 'scope' is not valid. The scope {r.Scope} is not valid."),
        [70021] = new(400, "invalid_request", (r, _) => $"{NoMatch}. Assertion Issuer: '{r.Assertion?.Issuer}'. Assertion Subject: '{r.Assertion?.Subject}'. Assertion Audience: '{Audience(r)}'. {See}"),
        [70023] = new(400, "invalid_request", (_, _) => "External OIDC Provider returned malformed response."),
        [70025] = new(401, "invalid_client", (r, _) => $"The client '{r.ClientId}' has no configured federated identity credentials."),
        [90002] = new(400, "invalid_request", (r, _) => $"Tenant '{r.Tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."),
        [90033] = new(503, "temporarily_unavailable", (_, _) => "A transient error has occurred. Please try again."),
        [90055] = new(429, "temporarily_unavailable", (_, _) => "There are too many incoming requests."),
        [90061] = new(400, "invalid_request", (_, _) => "Request to External OIDC endpoint failed."),
        [500011] = new(400, "invalid_resource", (r, _) => $"The resource principal named {r.Resource} was not found in the tenant named {r.Tenant}. {WrongTenant}"),
        [700016] = new(400, "unauthorized_client", (r, _) => $"Application with identifier '{r.ClientId}' was not found in the directory '{r.Tenant}'. {WrongTenant}"),
        [700024] = new(401, "invalid_client", (r, now) => $"Client assertion is not within its valid time range. Current time: {Time(now)}, assertion valid from {Time(r.Assertion?.NotBefore)}, expiry time of assertion {Time(r.Assertion?.Expires)}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."),
        [700211] = new(401, "invalid_client", (r, _) => $"{NoMatch} issuer '{r.Assertion?.Issuer}'. {Compare}"),
        [700212] = new(401, "invalid_client", (r, _) => $"{NoMatch} audience '{Audience(r)}'. {Compare}"),
        [700213] = new(401, "invalid_client", (r, _) => $"{NoMatch} subject '{r.Assertion?.Subject}'. {Compare}"),
        [900144] = new(400, "invalid_request", (r, _) => $"The request body must contain the following parameter: '{r.FindMissing()}'."),
        [1002012] = new(400, "invalid_scope", (r, _) => $"The provided value for scope {r.Scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."),
        [7000272] = new(401, "invalid_client", (r, _) => $"The certificate with identifier {r.Assertion?.KeyId} used to sign the federated credential could not be found in the metadata of identity provider {r.Assertion?.Issuer}. Please validate that your Identity Provider's metadata exposes the key used to sign the incoming token."),
        [7002138] = new(401, "invalid_client", (r, _) => $"{NoMatch} subject '{r.Assertion?.Subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. {Compare}"),
    }.ToFrozenDictionary();

    public static bool Knows(int code) => All.ContainsKey(code);

    public static (int Status, string Error, string Text) Describe(int code, TokenRequest request, DateTimeOffset now)
    {
        var entry = All[code];
        return (entry.Status, entry.Error, $"AADSTS{code}: {entry.Text(request, now)}");
    }

    private static string Audience(TokenRequest request) => string.Join(',', request.Assertion?.Audiences ?? []);

    private static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture) ?? "";

    private sealed record Entry(int Status, string Error, Func<TokenRequest, DateTimeOffset, string> Text);
}
