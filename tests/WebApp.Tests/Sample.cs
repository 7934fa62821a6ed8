using System.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)] // managed identity requests of a process queue up behind one lock of MSAL

namespace WebApp.Tests;

/// <summary>The sample application as it runs on a laptop, one way or the other.</summary>
public interface ISample
{
    HttpClient Client { get; }
}

/// <summary>In this process. Its verdicts are not reused, so that the first answer after a switch shows it.</summary>
public sealed class SampleInProcess : WebApplicationFactory<Program>, ISample
{
    public HttpClient Client => field ??= CreateClient();

    public PodIdentitySimulator Simulator => Services.GetRequiredService<Laptop>().Simulator;

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var check in new[] { "PodIdentity", "Nmi" })
        {
            builder.UseSetting($"{check}:ResultLifetime", "00:00:00").UseSetting($"{check}:FailureLifetime", "00:00:00");
        }

        // A resource of its own: the cache of managed identity tokens is shared by the whole process.
        builder.UseSetting("PodIdentity:Resource", $"https://{Guid.NewGuid()}.example/");
    }
}

/// <summary>As a process of its own, with nothing but a port that the system chooses.</summary>
public sealed class SampleProcess : ISample, IAsyncLifetime
{
    private const string Listening = "Now listening on: ";
    private readonly List<string> _greeting = [];
    private Process? _process;
    private Task _drained = Task.CompletedTask;

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Gets what it wrote until it was ready for people.</summary>
    public string Greeting => string.Join('\n', _greeting);

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
        foreach (var inherited in new[] { "HOST_IP", "DOTNET_ENVIRONMENT", "ASPNETCORE_URLS", "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT" })
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public async ValueTask InitializeAsync()
    {
        _process = Start("Development", "--urls", "http://127.0.0.1:0");
        var errors = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (!HasSaid(Listening) || !HasSaid("/simulator/imds/")) // in either order: the log has a queue of its own
        {
            _greeting.Add(await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The sample ended: {Greeting} {await errors}"));
        }

        _drained = Task.WhenAll(errors, _process.StandardOutput.ReadToEndAsync(CancellationToken.None)); // so that it never waits for a reader
        var line = _greeting.Find(l => l.Contains(Listening, StringComparison.Ordinal))!;
        Client.BaseAddress = new Uri(line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..]);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            await _drained;
            _process.Dispose();
        }
    }

    private bool HasSaid(string text) => _greeting.Exists(line => line.Contains(text, StringComparison.Ordinal));
}
