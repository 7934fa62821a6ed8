using Microsoft.AspNetCore.Http;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>The page's three files, which are in this assembly. The browser runs nothing else and asks nobody else.</summary>
internal static class Assets
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static async Task WriteAsync(HttpContext context, string name, string contentType)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        context.Response.ContentType = contentType + "; charset=utf-8";
        var asset = typeof(Assets).Assembly.GetManifestResourceStream(name)!;
        await using (asset.ConfigureAwait(false))
        {
            await asset.CopyToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
