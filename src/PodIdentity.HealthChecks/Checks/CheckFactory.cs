using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Telemetry;

namespace PodIdentity.HealthChecks.Checks;

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

/// <summary>
/// Holds the one check of each registration: the framework calls a registration's factory on every run, and what a check knows (its
/// verdict, its credential, its history) must outlive that. One per container, which disposes it.
/// </summary>
internal sealed class CheckInstances(IServiceProvider services) : IDisposable
{
    private readonly ConcurrentDictionary<object, Lazy<VerdictGate>> _checks = new();
    private readonly ConcurrentBag<Lazy<VerdictGate>> _replaced = [];

    /// <summary>It is made from the container's own services and not from those of a scope, which ends with the run.</summary>
    public IHealthCheck GetOrCreate<T>(T registration, Func<IServiceProvider, T, VerdictGate> create)
        where T : class =>
        _checks.GetOrAdd(registration, static (_, to) => new(() => to.create(to.services, to.registration)), (create, services, registration)).Value;

    /// <summary>Begins anew with each check, as the replacement of the pod would. Whoever waits for an old one still gets its verdict.</summary>
    public void Replace()
    {
        foreach (var registration in _checks.Keys)
        {
            if (_checks.TryRemove(registration, out var check))
            {
                _replaced.Add(check);
            }
        }
    }

    public void Dispose()
    {
        foreach (var check in _checks.Values.Concat(_replaced).Where(c => c.IsValueCreated))
        {
            check.Value.Dispose();
        }
    }
}
