using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.StartupGate;

/// <summary>
/// Runs the gates before the host starts any hosted service, one after the other. A host that does not call <see cref="StartingAsync"/> is
/// held by the first <see cref="StartAsync"/> instead.
/// </summary>
internal sealed class StartupGateService(
    IEnumerable<GateRegistration> gates,
    IOptionsMonitor<StartupGateOptions> options,
    IOptions<HealthCheckServiceOptions> checks,
    HealthCheckService health,
    IServiceProvider services,
    ILoggerFactory loggers) : IHostedLifecycleService
{
    private readonly TimeProvider _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private readonly ILogger _logger = loggers.CreateLogger(Log.Category);
    private bool _hasHeld;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        // All options first: a mistake in the last gate must not be found after the first one has waited.
        var all = gates.Select(g => (Gate: g, Options: options.Get(g.Name))).ToArray();
        foreach (var (gate, its) in all)
        {
            if (DeploymentSetting.FindSwitch(services, its.DisableVariable).IsOn is true)
            {
                GateLog.Disabled(_logger, gate.Name, its.DisableVariable);
            }
            else
            {
                var selected = gate.Select(checks.Value.Registrations, its);
                await new GateWait(gate, its, selected, health, _time, _logger).HoldAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        _hasHeld = true;
    }

    public Task StartAsync(CancellationToken cancellationToken) => _hasHeld ? Task.CompletedTask : StartingAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>
/// One call of <c>AddStartupGate()</c>: the name of its options, and of the gate in messages; and the tag that selects the checks, unless
/// <see cref="StartupGateOptions.Predicate"/> does.
/// </summary>
internal sealed record GateRegistration(string Name, string Tag)
{
    public IReadOnlyList<string> Select(IEnumerable<HealthCheckRegistration> registrations, StartupGateOptions options) =>
        [.. registrations.Where(options.Predicate ?? (r => r.Tags.Contains(Tag))).Select(r => r.Name)];
}
