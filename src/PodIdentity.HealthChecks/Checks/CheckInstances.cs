using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.Checks;

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
