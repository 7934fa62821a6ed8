using System.Net.Http.Headers;

namespace PodIdentity.HealthChecks.Http;

/// <summary>Headers as they were sent: the typed properties drop what does not parse, and "IMDS/150.870.65.1854" need not.</summary>
internal static class HeaderReading
{
    public static string? ServerText(this HttpResponseHeaders headers) => headers.FirstText("Server");

    public static string? FirstText(this HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.Count > 0 ? values.ToString() : null;
}
