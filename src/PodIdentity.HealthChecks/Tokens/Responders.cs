using System.Text.Json;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Tells from an answer who gave it. No responder is asked for its name: the header and the shape of the answer are enough.</summary>
internal static class Responders
{
    private const string Imds = "IMDS/";
    private const string Proxy = "azure-workload-identity/proxy";

    public static PodIdentityResponder Name(TokenAnswer answer, JsonElement? json)
    {
        if (answer.ToEntra)
        {
            return PodIdentityResponder.Entra;
        }

        if (FromServer(answer.Server) is { } named)
        {
            return named;
        }

        // NMI sends no Server header. Its tokens come in an object of nothing but strings, without the two fields that IMDS adds.
        return answer.Server is null && (answer.Status is not 200 || IsOfNmi(json)) ? PodIdentityResponder.Nmi : PodIdentityResponder.Unknown;
    }

    public static PodIdentityResponder? FromServer(string? server) => server switch
    {
        not null when server.StartsWith(Imds, StringComparison.OrdinalIgnoreCase) => PodIdentityResponder.Imds,
        not null when server.StartsWith(Proxy, StringComparison.OrdinalIgnoreCase) => PodIdentityResponder.WorkloadIdentityProxy,
        _ => null,
    };

    private static bool IsOfNmi(JsonElement? json) =>
        json is { ValueKind: JsonValueKind.Object } found
        && found.EnumerateObject().All(p => p.Value.ValueKind is JsonValueKind.String)
        && JsonText.Find(found, "client_id").ValueKind is JsonValueKind.Undefined
        && JsonText.Find(found, "ext_expires_in").ValueKind is JsonValueKind.Undefined;
}
