using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Testing;

namespace WebApp.Tests.Readme;

/// <summary>What the snippets are pasted into.</summary>
internal static class Hosts
{
    public static WebApplicationBuilder InAPod()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["HOST_IP"] = "10.240.0.4";
        return builder;
    }

    public static WebApplicationBuilder OnALaptop() => WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development" });

    /// <summary>The names of the registrations, whose options are validated.</summary>
    public static string NamesOfValid(WebApplicationBuilder builder)
    {
        using var services = builder.Services.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
        return string.Join(' ', services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(r => r.Name));
    }

    /// <summary>The options that a registration has in the end.</summary>
    public static T OptionsOf<T>(WebApplicationBuilder builder, string name)
    {
        using var services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IOptionsMonitor<T>>().Get(name);
    }

    /// <summary>What the checks say, by name: <c>Healthy</c>, or the reason why not.</summary>
    public static async Task<string> VerdictsOf(IServiceProvider services)
    {
        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        return string.Join(' ', report.Entries.Select(e => $"{e.Key}:{e.Value.Data.GetValueOrDefault("reason") ?? e.Value.Status}"));
    }

    /// <summary>The names of the instruments that somebody listens to.</summary>
    public static IEnumerable<string> ListenedTo(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        var names = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Enabled && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    names.Add(instrument.Name);
                }
            },
        };
        listener.Start();
        return names;
    }

    public static WebApplicationBuilder InMemory()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        return builder;
    }

    public static async Task<PodIdentitySimulator> StoppedNode()
    {
        var node = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await node.Nmi.SetStateAsync(NmiState.Stopped);
        return node;
    }

    public static async Task<string> AnswerOf(WebApplication app, string path)
    {
        using var client = app.GetTestClient();
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
