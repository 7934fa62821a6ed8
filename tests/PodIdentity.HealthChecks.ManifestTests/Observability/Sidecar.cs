using System.Diagnostics;
using System.Net;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>The probe as a sidecar of a pod on a simulated node.</summary>
internal sealed class Sidecar : IAsyncDisposable
{
    private readonly Process _process;

    public Sidecar(PodIdentitySimulator node, IPEndPoint address)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // …/bin/Debug/net10.0
        var probe = Path.Combine(Repository.Root, "src", "PodIdentity.HealthChecks.Probe", "bin", output.Parent!.Name, output.Name, "podidentity-probe.dll");
        _process = Process.Start(new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [probe, "watch", "all", "--listen", $"{address}", "--required-responder", "Nmi", "--interval", "1s", "--result-lifetime", "1s"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["POD_IDENTITY_URL"] = $"{node.TokenEndpoint}",
                ["POD_IDENTITY_NMI_HEALTH_ENDPOINT"] = $"{node.NmiHealthEndpoint}",
            },
        })!;

        // So that it can go on writing.
        _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        _ = _process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }
}
