using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks.Testing.Development;
using PodIdentity.HealthChecks.Testing.Development.Page;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Lets you watch the simulated node on your machine, break it and repair it, in a browser or over HTTP.</summary>
public static class PodIdentitySimulatorEndpoints
{
    private const string Root = "/simulator";

    /// <summary>
    /// Maps <c>GET /simulator</c>: a page for a browser, and for anything else JSON with the state of the node and its switches. Maps
    /// <c>POST /simulator/SWITCH/VALUE</c>, too, for example <c>/simulator/nmi/stopped</c>. Both answer only requests from this machine, and
    /// none from a page of another site.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>The <paramref name="endpoints"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="endpoints"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException"><c>AddPodIdentitySimulator()</c> was not called.</exception>
    public static IEndpointRouteBuilder MapPodIdentitySimulator(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var node = endpoints.ServiceProvider.GetService<DevelopmentNode>()
            ?? throw new InvalidOperationException("MapPodIdentitySimulator() needs builder.AddPodIdentitySimulator(), in Development.");
        var switches = node.Switches;
        var page = new Lazy<SimulatorPage>(() => new SimulatorPage(endpoints, node, switches)); // once all checks are registered
        Get("", context => WantsPage(context) ? WritePageAsync(context) : switches.DescribeAsync(context));
        Get("/page.css", context => Assets.WriteAsync(context, "page.css", "text/css"));
        Get("/page.js", context => Assets.WriteAsync(context, "page.js", "text/javascript"));
        Get("/events", context => page.Value.WriteEventsAsync(context));
        Get("/timeline", context => page.Value.DownloadAsync(context));
        endpoints.MapPost(Root + "/{name}/{value}", context => LocalOnly(context, () =>
        {
            page.Value.SeeTruth();
            return switches.SetAsync(context);
        }));
        return endpoints;

        void Get(string path, RequestDelegate answer) => endpoints.MapGet(Root + path, context => LocalOnly(context, () => answer(context)));
    }

    private static bool WantsPage(HttpContext context) => context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static Task WritePageAsync(HttpContext context)
    {
        if (context.Request.Path.Value is [.., '/'])
        {
            // The page's links are relative, so that it works below any base path.
            context.Response.Redirect(context.Request.PathBase + Root);
            return Task.CompletedTask;
        }

        return Assets.WriteAsync(context, "page.html", "text/html");
    }

    private static Task LocalOnly(HttpContext context, Func<Task> answer)
    {
        if (Caller.IsLocal(context))
        {
            return answer();
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync("The simulator answers requests from this machine only, and none from a page of another site.\n");
    }
}
