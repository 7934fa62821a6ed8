using System.Net;
using System.Text;

namespace PodIdentity.HealthChecks.Tests.Support;

/// <summary>Plays Microsoft Entra ID below the transport: instance discovery, and an answer to token requests.</summary>
internal sealed class ScriptedEntra : HttpMessageHandler
{
    public Func<HttpResponseMessage> Answer { get; set; } = () => Json(HttpStatusCode.OK, "{}");

    public List<(HttpMethod Method, Uri Address, string Body)> Requests { get; } = [];

    public static HttpResponseMessage Json(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    public static string Token(string clientId, string tenantId, DateTimeOffset expiry)
    {
        var payload = $$"""{"appid":"{{clientId}}","oid":"{{Guid.NewGuid()}}","tid":"{{tenantId}}","exp":{{expiry.ToUnixTimeSeconds()}}}""";
        return $"eyJhbGciOiJub25lIn0.{Convert.ToBase64String(Encoding.UTF8.GetBytes(payload)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}.c2lnbmF0dXJl";
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.AbsolutePath.Contains("discovery/instance", StringComparison.Ordinal))
        {
            return Json(
                HttpStatusCode.OK,
                """
                {"tenant_discovery_endpoint":"https://login.microsoftonline.com/t/v2.0/.well-known/openid-configuration","api-version":"1.1",
                 "metadata":[{"preferred_network":"login.microsoftonline.com","preferred_cache":"login.windows.net","aliases":["login.microsoftonline.com","login.windows.net"]}]}
                """);
        }

        var body = request.Content is null ? string.Empty : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add((request.Method, request.RequestUri, body));
        return Answer();
    }
}
