using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using PodIdentity.HealthChecks.Testing.Imds;
using PodIdentity.HealthChecks.Testing.Nmi;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Proxy;

/// <summary>The proxy sidecar of azure-workload-identity: token requests go to Entra, everything else to IMDS.</summary>
internal sealed partial class ProxyService(SimulatedProxy proxy, Func<IEnumerable<SimulatedIdentity>> known, ImdsService issuer, ImdsUpstream imds, SimulatorClock clock)
{
    private const string Server = "azure-workload-identity/proxy/v1.6.0 (linux/amd64) 04d01a2f/2026-06-11";

    private static readonly TimeSpan CredentialLifetime = TimeSpan.FromHours(25);
    private static readonly TimeSpan RenewalMargin = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(string ClientId, string Resource), (TokenResponse Token, long At)> _kept = [];
    private readonly ConcurrentDictionary<string, SimulatedIdentity> _federated = new(StringComparer.OrdinalIgnoreCase);

    public async Task<Answer> AnswerAsync(NmiRequest request, CancellationToken callerLeft)
    {
        if (TokenPath().IsMatch(request.Path))
        {
            return AnswerToken(Query.Parse(request.Query));
        }

        if (request.Path.StartsWith("/readyz", StringComparison.Ordinal))
        {
            return Answer.Text(200, "text/plain; charset=utf-8", "ok");
        }

        var answer = await imds.AskAsync(request.Method, request.Path, request.Query, request.Headers, callerLeft).ConfigureAwait(false);
        return answer.Delivery == Delivery.Refused
            ? Answer.GoError(
                500,
                $"Get \"http://169.254.169.254:80{request.Path}{request.Query}\": dial tcp 169.254.169.254:80: connect: connection refused")
            : answer;
    }

    [GeneratedRegex("^/(?i:metadata)/identity/oauth2/token", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TokenPath();

    private Answer AnswerToken(Query query)
    {
        var clientId = query["client_id"] is { Length: > 0 } asked ? asked : proxy.DefaultClientId;
        if (string.IsNullOrEmpty(clientId))
        {
            return Error(400, "The client_id parameter or AZURE_CLIENT_ID environment variable must be set");
        }

        if (query["resource"] is not { Length: > 0 } resource)
        {
            return Error(400, "The resource parameter is required.");
        }

        if (proxy.KeepsCredential && Kept(clientId, resource) is { } kept)
        {
            return Success(kept);
        }

        var identity = IdentityOf(clientId);
        if (proxy.EntraError is { } refusal)
        {
            return Error(500, EntraRefusal(identity.TenantId, refusal));
        }

        var token = issuer.Issue(identity, resource);
        _kept[(clientId, resource)] = (token, clock.Time.GetTimestamp());
        return Success(token);
    }

    /// <summary>The token of a credential that is kept: it renews the token shortly before that expires.</summary>
    private TokenResponse? Kept(string clientId, string resource)
    {
        if (!_kept.TryGetValue((clientId, resource), out var kept) || clock.Time.GetElapsedTime(kept.At) >= CredentialLifetime)
        {
            return null;
        }

        var left = long.Parse(kept.Token.ExpiresOn, CultureInfo.InvariantCulture) - clock.UtcNow.ToUnixTimeSeconds();
        return left > RenewalMargin.TotalSeconds ? kept.Token with { ExpiresIn = $"{left}" } : null;
    }

    /// <summary>A federated identity need not be on the node: any client ID stands for one, the same one each time.</summary>
    private SimulatedIdentity IdentityOf(string clientId) =>
        known().FirstOrDefault(i => i.ClientId.Equals(clientId, StringComparison.OrdinalIgnoreCase))
        ?? _federated.GetOrAdd(clientId, static id => new SimulatedIdentity("federated") { ClientId = id });

    private static Answer Error(int status, string text) => Answer.GoError(status, text, ("Server", Server));

    /// <summary>The sidecar's own types differ from IMDS's: expires_in and not_before are numbers.</summary>
    private static Answer Success(TokenResponse token) => Answer.Text(
        200,
        "application/json",
        $"{{\"access_token\":{GoJson.Quote(token.AccessToken)},\"refresh_token\":\"\",\"expires_in\":{token.ExpiresIn},"
        + $"\"expires_on\":\"{token.ExpiresOn}\",\"not_before\":0,\"resource\":{GoJson.Quote(token.Resource)},\"token_type\":\"Bearer\"}}\n",
        ("Server", Server));

    /// <summary>The shape of the Azure SDK for Go's authentication errors.</summary>
    private static string EntraRefusal(string tenantId, string description)
    {
        const string Line = "--------------------------------------------------------------------------------";
        return string.Join(
            '\n',
            "WorkloadIdentityCredential authentication failed. ",
            $"POST https://login.microsoftonline.com/{tenantId}/oauth2/v2.0/token",
            Line,
            "RESPONSE 401: 401 Unauthorized",
            Line,
            "{",
            "  \"error\": \"invalid_client\",",
            $"  \"error_description\": {GoJson.Quote(description)}",
            "}",
            Line,
            "To troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#workload");
    }
}
