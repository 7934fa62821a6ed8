using System.Text.Json;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Tells from an answer who gave it. No responder is asked for its name: what it says of itself and the shape of the answer are enough.
/// A mesh in between puts its own name into the <c>Server</c> header, and leaves the shape alone.
/// </summary>
internal static class Responders
{
    private const string Imds = "IMDS/";
    private const string ClientOfNmi = "adal: ";
    private const string Proxy = "azure-workload-identity/proxy";

    /// <summary>By its body, too, where that is JSON; and by what it says, where it is a refusal.</summary>
    public static PodIdentityResponder Name(TokenAnswer answer, JsonElement? json, string? text) => answer switch
    {
        { ToEntra: true } => PodIdentityResponder.Entra,
        _ when OfServer(answer.Server) is { } named => named,
        { Status: 200 } => json is { ValueKind: JsonValueKind.Object } found ? OfToken(answer, found) : PodIdentityResponder.Unknown,
        _ => OfRefusal(json, text),
    };

    /// <returns>Who names itself in the <c>Server</c> header.</returns>
    public static PodIdentityResponder? OfServer(string? server) =>
        server?.StartsWith(Imds, StringComparison.OrdinalIgnoreCase) == true ? PodIdentityResponder.Imds
        : server?.StartsWith(Proxy, StringComparison.OrdinalIgnoreCase) == true ? PodIdentityResponder.WorkloadIdentityProxy
        : null;

    /// <summary>IMDS alone adds two fields to the token; NMI's object holds nothing but strings, and the proxy's tells times as numbers, too.</summary>
    private static PodIdentityResponder OfToken(TokenAnswer answer, JsonElement json)
    {
        var (hasClientId, hasExtension) = (Has("client_id"), Has("ext_expires_in"));
        var isOfStrings = json.EnumerateObject().All(p => p.Value.ValueKind is JsonValueKind.String);
        return (hasClientId, hasExtension) switch
        {
            (true, true) => PodIdentityResponder.Imds,
            (false, false) when isOfStrings && (answer.Server is null || Has("refresh_token")) => PodIdentityResponder.Nmi,
            (false, false) when Has("refresh_token") && JsonText.Find(json, "not_before").ValueKind is JsonValueKind.Number => PodIdentityResponder.WorkloadIdentityProxy,
            _ => PodIdentityResponder.Unknown,
        };

        bool Has(string name) => JsonText.Find(json, name).ValueKind is not JsonValueKind.Undefined;
    }

    /// <summary>IMDS refuses in JSON, NMI in plain words. Whoever uses others may still be NMI, which its fingerprint tells.</summary>
    private static PodIdentityResponder OfRefusal(JsonElement? json, string? text) => (json, KnownAnswers.Find(text)) switch
    {
        (_, _) when text is null => PodIdentityResponder.Unknown,
        (not null, _) => PodIdentityResponder.Imds,
        (_, KnownAnswer.NoClientId) => PodIdentityResponder.WorkloadIdentityProxy,
        (_, var known) when KnownAnswers.IsOfNmi(known) || text.Contains(ClientOfNmi, StringComparison.Ordinal) => PodIdentityResponder.Nmi,
        _ => PodIdentityResponder.Unknown,
    };
}
