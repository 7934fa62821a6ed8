using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PodIdentity.HealthChecks.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)] // managed identity requests of a process queue up behind one lock of MSAL
[assembly: AssemblyFixture(typeof(WebApp.Tests.NodeOfThisProcess))]

namespace WebApp.Tests;

/// <summary>Starts the simulated node before any credential looks where the metadata service is, which a process does once.</summary>
public sealed class NodeOfThisProcess
{
    private readonly PodIdentitySimulator _simulator;
    private readonly SimulatedIdentity _identity;

    public NodeOfThisProcess()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.AddPodIdentitySimulator(options => options.TimeScale = 0.01);
        _simulator = builder.Services.Select(service => service.ImplementationInstance).OfType<PodIdentitySimulator>().Single();
        _identity = _simulator.Pod.Bound.Single();
    }

    /// <summary>Puts the node in order, whatever the test before has left.</summary>
    public Task RepairAsync()
    {
        _simulator.Imds.Fault = ImdsFault.None;
        _simulator.Imds.TokenFactory = null;
        _simulator.Pod.Bind(_identity);
        return _simulator.Nmi.SetStateAsync(NmiState.Active);
    }
}

/// <summary>The sample in this process, as it runs on a laptop.</summary>
public sealed class SampleInProcess : WebApplicationFactory<Program>
{
    public HttpClient Client => field ??= CreateClient();

    public PodIdentitySimulator Simulator => Services.GetRequiredService<PodIdentitySimulator>();

    // A resource of its own: the cache of managed identity tokens is shared by the whole process.
    protected override void ConfigureWebHost(IWebHostBuilder builder) => builder.UseSetting("PodIdentity:Resource", $"https://{Guid.NewGuid()}.example/");
}

/// <summary>The sample as a process of its own.</summary>
public static class SampleProcess
{
    public static Process Start(string environment, params string[] arguments) =>
        Start(new Dictionary<string, string>(StringComparer.Ordinal), environment, arguments);

    public static Process Start(IReadOnlyDictionary<string, string> variables, string environment, params string[] arguments)
    {
        var root = Repository.Root;
        var output = new DirectoryInfo(AppContext.BaseDirectory); // …/bin/Debug/net10.0
        var assembly = Path.Combine(root, "samples", "WebApp", "bin", output.Parent!.Name, output.Name, "WebApp.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [assembly, .. arguments])
        {
            WorkingDirectory = Path.Combine(root, "samples", "WebApp"),
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = environment },
        };
        foreach (var inherited in new[]
        {
            "HOST_IP", "DOTNET_ENVIRONMENT", "ASPNETCORE_URLS", "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        })
        {
            start.Environment.Remove(inherited); // the last one is set by the node of this process
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <returns>All that it has written so far, up to the line that contains the text.</returns>
    public static async Task<string> ReadUntilAsync(this Process process, string text)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var lines = new List<string>();
        while (!lines.Exists(line => line.Contains(text, StringComparison.Ordinal)))
        {
            lines.Add(await process.StandardOutput.ReadLineAsync(cancellation)
                ?? throw new InvalidOperationException($"The sample ended: {string.Join('\n', lines)} {await process.StandardError.ReadToEndAsync(cancellation)}"));
        }

        return string.Join('\n', lines);
    }
}
