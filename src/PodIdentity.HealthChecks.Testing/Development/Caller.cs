using System.Net;
using Microsoft.AspNetCore.Http;

namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>Who may switch a fault: somebody at this machine, and no page that their browser shows.</summary>
internal static class Caller
{
    /// <remarks>
    /// The name in the request counts, too: a name of an attacker's may lead to loopback. Without a connection it is a test server's.
    /// Whoever comes by a proxy is somewhere else. A link on another site may lead to the page. Whatever else a page of another site asks for is refused.
    /// </remarks>
    public static bool IsLocal(HttpContext context)
    {
        var request = context.Request;
        return (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address))
            && IsLoopback(request.Host.Host)
            && !request.Headers.ContainsKey("Forwarded")
            && !request.Headers.ContainsKey("X-Forwarded-For")
            && request.Headers.Origin.All(origin => string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            && (request.Headers["Sec-Fetch-Site"].All(site => site is "same-origin" or "none") || IsLink(request));
    }

    private static bool IsLink(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document";

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
