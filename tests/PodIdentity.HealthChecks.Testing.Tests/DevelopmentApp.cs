using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>An application on a developer's machine. A process has one node: the classes that use it are one collection.</summary>
internal static class DevelopmentApp
{
    public static async Task<WebApplication> StartAsync(Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null)
    {
        var builder = Builder("Development");
        builder.AddPodIdentitySimulator();
        configure?.Invoke(builder);
        var app = builder.Build();
        map?.Invoke(app);
        app.MapPodIdentitySimulator();
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            return app;
        }
        catch (OptionsValidationException)
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public static HttpClient Client(this WebApplication app) =>
        new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.Single()) };

    public static WebApplicationBuilder Builder(string environment)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder;
    }
}
