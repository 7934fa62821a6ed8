using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>What a registration runs: finds its check in the container, or makes it there on the first run.</summary>
internal sealed class CheckFactory<TOptions>(string name, Func<TOptions, IServiceProvider, TimeProvider, IAttempt> createAttempt)
    where TOptions : HealthCheckTimingOptions, new()
{
    public IHealthCheck Get(IServiceProvider services) =>
        services.GetRequiredService<CheckInstances>().GetOrCreate(this, static (root, factory) => factory.Create(root));

    private VerdictGate Create(IServiceProvider root)
    {
        var options = root.GetRequiredService<IOptionsMonitor<TOptions>>().Get(name);
        var time = root.GetService<TimeProvider>() ?? TimeProvider.System;
        return new VerdictGate(createAttempt(options, root, time), options, time);
    }
}
