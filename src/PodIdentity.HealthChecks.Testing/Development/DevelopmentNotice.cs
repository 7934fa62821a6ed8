using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>Says in the log that there is no real node, which is there for the application from then on, whatever that checks.</summary>
internal sealed partial class DevelopmentNotice(NodeShare share, ILogger<PodIdentitySimulator> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (share.Node.Workload is null)
        {
            Simulated(share.Node.Simulator.MetadataAddress);
        }
        else
        {
            EntraSimulated(share.Node.Simulator.Entra.Address);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Information, "NMI and IMDS are simulated in this process, at {Address}: their tokens grant access to nothing", EventName = "PodIdentitySimulated")]
    private partial void Simulated(Uri address);

    [LoggerMessage(2, LogLevel.Information, "Microsoft Entra ID is simulated in this process, at {Address}: its tokens grant access to nothing", EventName = "EntraSimulated")]
    private partial void EntraSimulated(Uri address);
}
