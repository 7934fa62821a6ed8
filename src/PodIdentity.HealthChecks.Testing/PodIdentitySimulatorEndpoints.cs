using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks.Testing.Development;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Breaks the simulated node of a developer's machine, and repairs it, by HTTP.</summary>
public static class PodIdentitySimulatorEndpoints
{
    /// <summary>
    /// Maps <c>GET /simulator</c>, the state of the node with all its switches, and <c>POST /simulator/SWITCH/VALUE</c>, for example
    /// <c>/simulator/nmi/stopped</c>. They answer this machine only, and no page of another site.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>The <paramref name="endpoints"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="endpoints"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException"><c>AddPodIdentitySimulator()</c> was not called, which works in Development only.</exception>
    public static IEndpointRouteBuilder MapPodIdentitySimulator(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var node = endpoints.ServiceProvider.GetService<DevelopmentNode>()
            ?? throw new InvalidOperationException("MapPodIdentitySimulator() needs builder.AddPodIdentitySimulator(), in Development.");
        var switches = new Switches(node);
        endpoints.MapGet("/simulator", context => LocalOnly(context, () => switches.DescribeAsync(context)));
        endpoints.MapPost("/simulator/{name}/{value}", context => LocalOnly(context, () => switches.SetAsync(context)));
        return endpoints;
    }

    private static Task LocalOnly(HttpContext context, Func<Task> answer)
    {
        if (Caller.IsLocal(context))
        {
            return answer();
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync("The simulator answers this machine only, and no page of another site.\n");
    }
}
