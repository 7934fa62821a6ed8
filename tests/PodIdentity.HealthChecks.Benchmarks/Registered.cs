using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>A registered check as the framework runs it: the registration's factory is called in a scope, each time.</summary>
internal sealed class Registered : IDisposable
{
    private readonly ServiceProvider _root;
    private readonly IServiceScope _scope;
    private readonly HealthCheckRegistration _registration;
    private readonly HealthCheckContext _context;
    private readonly IHealthCheck _check;

    public Registered(Action<IHealthChecksBuilder> add)
    {
        var services = new ServiceCollection();
        add(services.AddHealthChecks());
        _root = services.BuildServiceProvider();
        _scope = _root.CreateScope();
        _registration = _root.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Single();
        _context = new HealthCheckContext { Registration = _registration };
        _check = _registration.Factory(_scope.ServiceProvider);
    }

    public Task<HealthCheckResult> CheckAsync() => _check.CheckHealthAsync(_context);

    public Task<HealthCheckResult> CreateAndCheckAsync() => _registration.Factory(_scope.ServiceProvider).CheckHealthAsync(_context);

    /// <summary>A figure of a check that fails would be a figure of something else.</summary>
    public async Task MustBeHealthyAsync()
    {
        var result = await CheckAsync();
        if (result.Status is not HealthStatus.Healthy)
        {
            throw new InvalidOperationException($"{_registration.Name} is {result.Status}: {result.Description ?? result.Exception?.Message}");
        }
    }

    public void Dispose()
    {
        _scope.Dispose();
        _root.Dispose();
    }
}
