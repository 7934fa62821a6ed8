using System.Diagnostics;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>
/// The simulator in a process of its own, so that its work and its garbage are not measured. It is this program, started a second time;
/// it ends when its input does.
/// </summary>
internal sealed class SimulatorProcess : IDisposable
{
    public const string Argument = "simulator";

    private readonly Process _process;

    private SimulatorProcess(Process process, Uri tokenEndpoint)
    {
        _process = process;
        TokenEndpoint = tokenEndpoint;
    }

    public Uri TokenEndpoint { get; }

    public static SimulatorProcess Start()
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known.");
        var start = new ProcessStartInfo(program, Argument)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        var address = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The simulator ended before it listened.");
        return new SimulatorProcess(process, new Uri(address));
    }

    public static async Task ServeAsync()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync();
        Console.WriteLine(simulator.TokenEndpoint);
        await Console.In.ReadToEndAsync();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
