using System.Text;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Imds;

/// <summary>What IMDS says, in its own words.</summary>
internal static class ImdsAnswers
{
    private const string Json = "application/json; charset=utf-8";
    private const string Server = "IMDS/150.870.65.1854";
    private const string ThrottledText = "Temporarily throttled, too many requests";
    private const int HugeTokenLength = 10 * 1024 * 1024;
    private const int MostGarbage = 2048;

    public static Answer MetadataHeaderMissing { get; } = Error(400, "invalid_request", "Required metadata header not specified");

    public static Answer IdentityNotFound { get; } = Error(400, "invalid_request", "Identity not found");

    public static Answer IdentityAmbiguous { get; } = Error(
        400,
        "invalid_request",
        "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request");

    public static Answer Instance { get; } = Ok("""{"compute":{"azEnvironment":"AzurePublicCloud","name":"fake-vm"}}""");

    public static Answer ParameterMissing(string name) => Error(400, "invalid_request", $"Required query variable '{name}' is missing");

    public static Answer PathNotServed(string path) => Answer.Text(
        404,
        Json,
        GoJson.Object(("error", "Not found. The requested path is not served by this simulated IMDS"), ("path", path)),
        ("Server", Server));

    public static Answer Throttled(SimulatedImds imds) => WithRetryAfter(imds, Error(429, "invalid_request", ThrottledText));

    public static Answer Token(TokenResponse token) => Ok(token.ToImdsJson());

    /// <summary>What a fault makes of a token request; <see langword="null"/> when there is none.</summary>
    public static Answer? Of(SimulatedImds imds)
    {
        return imds.Fault switch
        {
            ImdsFault.Throttled => WithRetryAfter(imds, Described(429, "invalid_request", ThrottledText)),
            ImdsFault.NotFound => Described(404, "not found", "IMDS endpoint is updating"),
            ImdsFault.Updating => Described(410, "not found", "IMDS endpoint is updating"),
            ImdsFault.InternalError => WithRetryAfter(
                imds,
                Described(500, "unknown", @"Failed to retrieve token from the Active directory. For details see logs in C:\Packages")),
            ImdsFault.BadGateway => WithRetryAfter(imds, Described(502, "bad_gateway", "The service behind IMDS gave no usable answer")),
            ImdsFault.Unavailable => WithRetryAfter(imds, Described(503, "service_unavailable", "The service is temporarily unavailable")),
            ImdsFault.Forbidden => Described(
                403,
                "unauthorized_client",
                "AADSTS700016: Application with identifier was not found in the directory"),
            ImdsFault.Unauthorized => Described(401, "unknown_source", "Unknown source of the request"),
            ImdsFault.Garbage => Ok("") with { Body = Garbage(imds.GarbageSeed) },
            ImdsFault.Huge => Token(new() { AccessToken = new string('A', HugeTokenLength), TokenType = "Bearer" }),
            ImdsFault.Empty => Ok(""),
            ImdsFault.NoToken => Ok("{}"),
            ImdsFault.Redirect => new(
                302,
                [new("Server", Server), .. imds.RedirectTo is { } to ? [new("Location", to.AbsoluteUri)] : Array.Empty<KeyValuePair<string, string>>()],
                default),
            ImdsFault.SlowDrip => Ok("{\"access_token\":\"") with { Delivery = Delivery.Dripping },
            ImdsFault.Truncated => Ok("{\"access_token\":\"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9\"}") with { Delivery = Delivery.Truncated },
            _ => null,
        };

        Answer Described(int status, string error, string description) => Error(status, error, imds.ErrorDescription ?? description);
    }

    private static Answer Ok(string json) => Answer.Text(200, Json, json, ("Server", Server));

    private static Answer Error(int status, string error, string description) =>
        Answer.Text(status, Json, GoJson.Object(("error", error), ("error_description", description)), ("Server", Server));

    private static Answer WithRetryAfter(SimulatedImds imds, Answer answer) => imds.RetryAfter is { } wait ? answer.WithRetryAfter(wait) : answer;

    private static byte[] Garbage(int seed)
    {
        if (seed == 0)
        {
            return Encoding.UTF8.GetBytes("this is not json");
        }

        var random = new Random(seed);
        var garbage = new byte[random.Next(1, MostGarbage)];
        random.NextBytes(garbage);
        garbage[0] = (byte)'<'; // whatever follows, it is not JSON
        return garbage;
    }
}
