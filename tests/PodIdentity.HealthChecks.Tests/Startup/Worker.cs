using Microsoft.Extensions.Hosting;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>A hosted service of the application's that runs at the earliest moment there is.</summary>
internal sealed class Worker : IHostedLifecycleService
{
    public bool IsStarting { get; private set; }

    public bool IsStarted { get; private set; }

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        IsStarting = true;
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        IsStarted = true;
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
