using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace WebApp;

/// <summary>
/// Rolling updates lose no request: from SIGTERM on, readiness fails, and requests are served for the setting <c>ShutdownDelay</c> longer.
/// By itself Kestrel closes its port at once, while the Service still sends requests to the pod.
/// </summary>
internal sealed class ShutdownDelay(IConfiguration settings, TimeProvider? time = null) : IHostedLifecycleService, IHealthCheck
{
    /// <summary>The host's own ShutdownTimeout of 30 s includes the delay: the rest is for the requests that are still running.</summary>
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(20);

    private readonly TimeSpan _delay =
        TimeSpan.TryParse(settings[nameof(ShutdownDelay)] is { Length: > 0 } text ? text : "00:00:05", CultureInfo.InvariantCulture, out var delay) && delay >= TimeSpan.Zero && delay <= Max
            ? delay
            : throw new OptionsValidationException(nameof(ShutdownDelay), typeof(TimeSpan),
                [$"ShutdownDelay is '{settings[nameof(ShutdownDelay)]}': it must be from 00:00:00 to {Max}. Example: ShutdownDelay=00:00:05"]);

    private Task? _stopping;

    public static void AddTo(IHealthChecksBuilder checks, string tag) => checks.AddCheck<ShutdownDelay>("running", tags: [tag]).Services
        .AddSingleton<ShutdownDelay>()
        .AddHostedService(services => services.GetRequiredService<ShutdownDelay>());

    public Task StoppingAsync(CancellationToken cancellationToken) =>
        _stopping ??= Task.Delay(_delay, time ?? TimeProvider.System, cancellationToken);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        _stopping is null ? HealthCheckResult.Healthy("The application is not stopping.") : HealthCheckResult.Unhealthy("The application is stopping."));

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
