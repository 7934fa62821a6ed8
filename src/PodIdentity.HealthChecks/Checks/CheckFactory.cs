using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Telemetry;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>Makes the attempt of a registration.</summary>
internal delegate IAttempt AttemptFactory<in TOptions>(TOptions options, IServiceProvider services, TimeProvider time, CheckLog log);

/// <summary>What a registration runs: finds its check in the container, or makes it there on the first run.</summary>
internal sealed class CheckFactory<TOptions>(string name, AttemptFactory<TOptions> createAttempt)
    where TOptions : HealthCheckTimingOptions, new()
{
    public IHealthCheck Get(IServiceProvider services) =>
        services.GetRequiredService<CheckInstances>().GetOrCreate(this, static (root, factory) => factory.Create(root));

    /// <exception cref="OptionsValidationException">They are wrong.</exception>
    public TOptions OptionsIn(IServiceProvider services) => services.GetRequiredService<IOptionsMonitor<TOptions>>().Get(name);

    private VerdictGate Create(IServiceProvider root)
    {
        var options = OptionsIn(root);
        var time = root.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = root.GetService<ILoggerFactory>()?.CreateLogger(Log.Category) ?? NullLogger.Instance;
        var log = new CheckLog(logger, name);
        return new VerdictGate(name, createAttempt(options, root, time, log), options, time, log, root.GetRequiredService<CheckMetrics>());
    }
}
