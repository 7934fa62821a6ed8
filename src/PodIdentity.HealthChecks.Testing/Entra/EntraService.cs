using System.Globalization;
using System.Text.Json.Nodes;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Entra;

/// <summary>Microsoft Entra ID: from a request and the federated credentials to an answer.</summary>
internal sealed class EntraService(SimulatedEntra entra, SimulatorClock clock)
{
    private const string Json = "application/json; charset=utf-8";
    private const string BindingAudience = "api://AKSIdentityBinding";
    private const int HugeTokenLength = 10 * 1024 * 1024;

    /// <summary>Its tokens are dated back by as much.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    public Answer Answer(string method, string path, Query query, IReadOnlyDictionary<string, string> form) => (method, path.Split('/')) switch
    {
        _ when entra.Fault is EntraFault.Hang => Wire.Answer.Silence,
        ("POST", ["", var tenant, "oauth2", "v2.0", "token"]) => AnswerToken(new TokenRequest(tenant, form), CheckCredential),
        ("GET", ["", "common", "discovery", "instance"]) => AnswerInstance(query["authorization_endpoint"]),
        ("GET", ["", var tenant, "v2.0", ".well-known", "openid-configuration"]) => AnswerMetadata(tenant),
        ("GET", ["", _, "discovery", "v2.0", "keys"]) => Ok(new JsonObject { ["keys"] = new JsonArray() }), // nobody's signature is to be verified
        _ => new(404, [], default),
    };

    /// <summary>The exchange through the proxy of an identity binding, which takes no federated credential.</summary>
    public Answer AnswerBinding(TokenRequest request) => AnswerToken(request, static (request, _) => CheckBinding(request));

    private Answer AnswerToken(TokenRequest request, Func<TokenRequest, SimulatedIdentity, int?> check)
    {
        switch (entra.Fault)
        {
            case EntraFault.Hang:
                return Wire.Answer.Silence;
            case EntraFault.Throttled:
                return Refuse(90055, request);
            case EntraFault.Unavailable:
                return Refuse(90033, request);
            case EntraFault.Garbage:
                return Wire.Answer.Text(200, Json, "this is not json");
            case EntraFault.Empty:
                return Wire.Answer.Text(200, Json, "");
            case EntraFault.NoToken:
                return Wire.Answer.Text(200, Json, "{}");
            case EntraFault.Huge:
                return Token(new string('A', HugeTokenLength));
        }

        var identity = entra.Find(request.Tenant, request.ClientId);
        var error = entra.Error ?? Check(request, identity) ?? check(request, identity!) ?? CheckAssertion(request.Assertion!);
        if ((error ?? (entra.NextIsNoise() ? 700213 : null)) is { } code)
        {
            return Refuse(code, request);
        }

        var now = clock.UtcNow;
        var answer = Token(Jwt.Create(identity!, request.Resource!, now - ClockSkew, now - ClockSkew, now + entra.TokenLifetime));
        return entra.Fault is EntraFault.Truncated ? answer with { Delivery = Delivery.Truncated } : answer;
    }

    private int? Check(TokenRequest request, SimulatedIdentity? identity) => request switch
    {
        _ when request.FindMissing() is not null => 900144,
        _ when !entra.HasTenant(request.Tenant) => 90002,
        { Resource: null } => 1002012,
        { Assertion: null } => 50027,
        _ when identity is null => 700016,
        _ => null,
    };

    /// <summary>Letter by letter, from the issuer on: the error names the first part that no credential has.</summary>
    private int? CheckCredential(TokenRequest request, SimulatedIdentity identity)
    {
        var (issuer, subject, audiences) = (request.Assertion!.Issuer, request.Assertion.Subject, request.Assertion.Audiences);
        var credentials = entra.CredentialsOf(identity);
        var ofIssuer = credentials.Where(c => c.Issuer.Equals(issuer, StringComparison.Ordinal)).ToArray();
        var ofSubject = ofIssuer.Where(c => c.Subject.Equals(subject, StringComparison.Ordinal)).ToArray();
        return credentials.Count == 0 ? 70025
            : ofIssuer.Length == 0 ? 700211
            : ofSubject.Length == 0 ? ofIssuer.Any(c => c.Subject.Equals(subject, StringComparison.OrdinalIgnoreCase)) ? 7002138 : 700213
            : ofSubject.Any(c => audiences.Contains(c.Audience, StringComparer.Ordinal)) ? null
            : 700212;
    }

    private static int? CheckBinding(TokenRequest request) => request.Assertion!.Audiences.Contains(BindingAudience, StringComparer.Ordinal) ? null : 700212;

    private int? CheckAssertion(Assertion assertion) => entra.KeysOf(assertion.Issuer) switch
    {
        null => 90061,
        var keys when !keys.HaveSigned(assertion) => 7000272,
        _ when clock.UtcNow < assertion.NotBefore - ClockSkew || clock.UtcNow >= assertion.Expires => 700024,
        _ => null,
    };

    private Answer Token(string token) => Ok(new JsonObject
    {
        ["token_type"] = "Bearer",
        ["expires_in"] = (long)entra.TokenLifetime.TotalSeconds,
        ["ext_expires_in"] = (long)entra.TokenLifetime.TotalSeconds,
        ["access_token"] = token,
    });

    private Answer AnswerInstance(string authority)
    {
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var address) || !entra.IsItsName(address.Host))
        {
            return Refuse(400, "invalid_instance", "AADSTS50049: Unknown or invalid instance.", 50049);
        }

        return Ok(new JsonObject
        {
            ["tenant_discovery_endpoint"] = new Uri(address, $"{address.Segments.ElementAtOrDefault(1)}v2.0/.well-known/openid-configuration").AbsoluteUri,
            ["api-version"] = "1.1",
            ["metadata"] = new JsonArray(new JsonObject
            {
                ["preferred_network"] = address.Host,
                ["preferred_cache"] = address.Host,
                ["aliases"] = new JsonArray(address.Host),
            }),
        });
    }

    private Answer AnswerMetadata(string tenant) => entra.HasTenant(tenant)
        ? Ok(new JsonObject
        {
            ["issuer"] = new Uri(entra.Address, $"{tenant}/v2.0").AbsoluteUri,
            ["authorization_endpoint"] = new Uri(entra.Address, $"{tenant}/oauth2/v2.0/authorize").AbsoluteUri,
            ["token_endpoint"] = new Uri(entra.Address, $"{tenant}/oauth2/v2.0/token").AbsoluteUri,
            ["jwks_uri"] = new Uri(entra.Address, $"{tenant}/discovery/v2.0/keys").AbsoluteUri,
        })
        : Refuse(90002, new TokenRequest(tenant, new Dictionary<string, string>(StringComparer.Ordinal)));

    private Answer Refuse(int code, TokenRequest request)
    {
        var (status, error, text) = EntraErrors.Describe(code, request, clock.UtcNow);
        return Refuse(status, error, text, code);
    }

    private Answer Refuse(int status, string error, string text, int code)
    {
        var (trace, correlation) = (Guid.NewGuid(), Guid.NewGuid());
        var time = clock.UtcNow.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ssZ", CultureInfo.InvariantCulture);
        var body = new JsonObject
        {
            ["error"] = error,
            ["error_description"] = $"{text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}",
            ["error_codes"] = new JsonArray(code),
            ["timestamp"] = time,
            ["trace_id"] = $"{trace}",
            ["correlation_id"] = $"{correlation}",
            ["error_uri"] = $"https://login.microsoftonline.com/error?code={code}",
        };
        var answer = Wire.Answer.Text(status, Json, body.ToJsonString(), ("Cache-Control", "no-store, no-cache"), ("x-ms-request-id", $"{trace}"));
        return status is 429 or 503 && entra.RetryAfter is { } wait ? answer.WithRetryAfter(wait) : answer;
    }

    private static Answer Ok(JsonObject body) => Wire.Answer.Text(200, Json, body.ToJsonString(), ("Cache-Control", "no-store, no-cache"));
}
