using System.Diagnostics;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>Commands of this machine.</summary>
internal static class Shell
{
    /// <returns>What the command printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; what it said is in the message.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken, string? input = null)
    {
        using var process = Start(command, redirectInput: input is not null);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
                process.StandardInput.Close();
            }

            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException($"`{string.Join(' ', command)}` ended with {process.ExitCode}: {await errors}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    public static Process Start(IReadOnlyList<string> command, bool redirectInput = false)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = redirectInput,
        };
        return Process.Start(start) ?? throw new InvalidOperationException($"`{command[0]}` did not start.");
    }
}
