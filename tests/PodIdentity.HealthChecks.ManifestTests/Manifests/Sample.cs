using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

/// <summary>The sample application, with the environment that a manifest gives it.</summary>
internal sealed class Sample : IAsyncDisposable
{
    private readonly WebApplicationFactory<Program> _factory = new();
    private readonly WebApplicationFactory<Program> _configured;

    /// <param name="environment">The variables of its container.</param>
    /// <param name="others">What stands for the node and the cluster.</param>
    public Sample(IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> others)
    {
        _configured = _factory.WithWebHostBuilder(builder =>
        {
            builder.UseEnvironment("Production");
            builder.UseSetting("ShutdownDelay", "00:00:00"); // no test waits for it
            foreach (var (name, value) in environment.Concat(others))
            {
                builder.UseSetting(name.Replace("__", ":", StringComparison.Ordinal), value);
            }
        });
        Client = _configured.CreateClient();
    }

    public HttpClient Client { get; }

    /// <summary>Starts it where nobody answers, to see what it is made of.</summary>
    public static Sample Alone(IReadOnlyDictionary<string, string> environment) => new(environment, new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["HOST_IP"] = "127.0.0.1",
        ["Nmi:Port"] = "9",
        ["Nmi:MetadataAddress"] = "http://127.0.0.1:9/",
        ["PodIdentity:NmiHealthEndpoint"] = "http://127.0.0.1:9/",
        ["PodIdentity:TokenEndpoint"] = "http://127.0.0.1:9/metadata/identity/oauth2/token",
        ["PODIDENTITY_STARTUP_GATE_DISABLED"] = "true",
    });

    /// <summary>Where a simulated node is; every check asks anew.</summary>
    public static Dictionary<string, string> OnNode(PodIdentitySimulator node) => new(StringComparer.Ordinal)
    {
        ["HOST_IP"] = node.NmiProbeAddress.Host,
        ["Nmi:Port"] = $"{node.NmiProbeAddress.Port}",
        ["Nmi:MetadataAddress"] = $"{node.MetadataAddress}",
        ["Nmi:ResultLifetime"] = "00:00:00",
        ["PodIdentity:NmiHealthEndpoint"] = $"{node.NmiHealthEndpoint}",
        ["PodIdentity:TokenEndpoint"] = $"{node.TokenEndpoint}",
        ["PodIdentity:ResultLifetime"] = "00:00:00",
    };

    /// <returns>The names of the checks that a path looks at; <see langword="null"/> if there is no such path.</returns>
    public async Task<IReadOnlyList<string>?> ChecksAtAsync(string path)
    {
        using var response = await Client.GetAsync(path, TestContext.Current.CancellationToken);
        if (response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }

        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return [.. body.RootElement.GetProperty("checks").EnumerateObject().Select(c => c.Name)];
    }

    /// <returns>A check's options; <see langword="null"/> for one that asks nobody.</returns>
    public HealthCheckTimingOptions? OptionsOf(string check) => check switch
    {
        "self" or "running" => null,
        "pod_identity" => Get<PodIdentityHealthCheckOptions>(check),
        "nmi" or "nmi_liveness" => Get<NmiHealthCheckOptions>(check),
        _ => throw new ArgumentException($"What is the check '{check}'?", nameof(check)),
    };

    /// <summary>Exports now, on this thread, instead of when it is time.</summary>
    public bool ExportsMetrics() => _configured.Services.GetRequiredService<MeterProvider>().ForceFlush();

    public StartupGateOptions GateOptions => Get<StartupGateOptions>("startup");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _configured.DisposeAsync();
        await _factory.DisposeAsync();
    }

    private T Get<T>(string name) => _configured.Services.GetRequiredService<IOptionsMonitor<T>>().Get(name);
}
