using System.Globalization;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Configuration.Memory;
using PodIdentity.HealthChecks.Testing;

namespace WebApp;

/// <summary>What stands for the node on a laptop: a simulated NMI and IMDS in this process.</summary>
internal sealed partial class Laptop(PodIdentitySimulator simulator, SimulatedIdentity identity, double timeScale) : IAsyncDisposable
{
    private const double DefaultTimeScale = 0.01;
    private const double MostTimeScale = 100;

    public PodIdentitySimulator Simulator => simulator;

    /// <summary>A pod is told its node's address, or runs in another environment than Development.</summary>
    public static bool IsLaptop(WebApplicationBuilder builder) =>
        builder.Environment.IsDevelopment() && string.IsNullOrWhiteSpace(builder.Configuration["HOST_IP"]);

    /// <returns>What is wrong with its setting; <see langword="null"/> when it has started.</returns>
    public static async Task<string?> StartAsync(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var timeScale = DefaultTimeScale;
        if (configuration["Simulator:TimeScale"] is { } text
            && !(double.TryParse(text, CultureInfo.InvariantCulture, out timeScale) && timeScale is > 0 and <= MostTimeScale))
        {
            return $"Simulator:TimeScale is '{text}': it must be a number above 0, up to {MostTimeScale}. Example: Simulator:TimeScale=0.01";
        }

        var identity = new SimulatedIdentity("sample")
        {
            ClientId = configuration["PodIdentity:ClientId"] ?? "1d1e6c3a-6f0b-4f7e-9c55-3a7f0e2b9d10",
        };
        var simulator = await PodIdentitySimulator.StartAsync(options =>
        {
            options.StartWithIdentity = false;
            options.TimeScale = timeScale;
        });
        simulator.Pod.Bind(identity);
        simulator.Imds.SystemAssigned = new SimulatedIdentity("node"); // what a pod gets while NMI is down

        // Lowest in precedence, so that a setting of yours wins.
        ((IConfigurationBuilder)configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = SettingsFor(simulator) });
        builder.Services.AddSingleton(_ => new Laptop(simulator, identity, timeScale)); // by a factory: what that makes is disposed with the host
        return null;
    }

    /// <summary>Sends the application's own credential to the simulator.</summary>
    public HttpPipelineTransport CreateTransport() =>
        new HttpClientTransport(new HttpClient(new ToSimulator(simulator.TokenEndpoint) { InnerHandler = new SocketsHttpHandler { UseProxy = false } }));

    public ValueTask DisposeAsync() => simulator.DisposeAsync();

    /// <summary>What a pod leaves out: there the defaults are right.</summary>
    private static Dictionary<string, string?> SettingsFor(PodIdentitySimulator simulator) => new(StringComparer.Ordinal)
    {
        ["PodIdentity:TokenEndpoint"] = simulator.TokenEndpoint.ToString(),
        ["PodIdentity:NmiHealthEndpoint"] = simulator.NmiHealthEndpoint.ToString(),
        ["PodIdentity:RequiredResponder"] = "Nmi",
        ["PodIdentity:ResultLifetime"] = "00:00:00.5",
        ["PodIdentity:FailureLifetime"] = "00:00:00.5",
        ["Nmi:Endpoint"] = simulator.NmiHealthEndpoint.ToString(),
        ["Nmi:MetadataAddress"] = simulator.MetadataAddress.ToString(),
        ["Nmi:ResultLifetime"] = "00:00:00.5",
        ["Nmi:FailureLifetime"] = "00:00:00.5",
    };

    /// <summary>Rewrites requests for a token to the metadata address, and nothing else.</summary>
    private sealed class ToSimulator(Uri tokenEndpoint) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri is { Host: "169.254.169.254" } address)
            {
                request.RequestUri = new UriBuilder(tokenEndpoint) { Query = address.Query }.Uri;
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
