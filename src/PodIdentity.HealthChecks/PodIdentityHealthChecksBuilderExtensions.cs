using System.Diagnostics.Metrics;
using Azure.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Nmi;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Validation;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the checks of pod identity to an application's health checks.</summary>
public static class PodIdentityHealthChecksBuilderExtensions
{
    private const string PodIdentityName = "pod_identity";
    private const string NmiName = "nmi";

    /// <summary>
    /// Adds a check that this pod gets a token, now, for the identity that it should be, through a <c>ManagedIdentityCredential</c> of its
    /// own that takes nothing from a cache. It works under AAD Pod Identity (NMI) and under workload identity.
    /// </summary>
    /// <param name="builder">The builder of the application's health checks.</param>
    /// <param name="configure">Sets the options. Default: none are set.</param>
    /// <param name="name">The name of the registration and of its options. Default: <c>pod_identity</c>.</param>
    /// <param name="failureStatus">What a failure is reported as. Default: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags to select the check by. Default: none.</param>
    /// <param name="timeout">
    /// When the framework gives up waiting. Default: none; the check's own deadline is
    /// <see cref="HealthCheckTimingOptions.AttemptTimeout"/> + 1 s.
    /// </param>
    /// <returns>The <paramref name="builder"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    /// <exception cref="OptionsValidationException">Thrown when the host starts: the options are wrong. The message says what to write.</exception>
    public static IHealthChecksBuilder AddPodIdentity(
        this IHealthChecksBuilder builder,
        Action<PodIdentityHealthCheckOptions>? configure = null,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return AddPodIdentityCore(builder, credentialFactory: null, configure, name, failureStatus, tags, timeout);
    }

    /// <summary>
    /// Adds a check that this pod gets a token, now, for the identity that it should be, through a credential of the application's.
    /// </summary>
    /// <param name="builder">The builder of the application's health checks.</param>
    /// <param name="credentialFactory">
    /// Makes the credential, or takes it from the container, when the check first runs; it is called once, and again only if it threw.
    /// The check does not dispose what it returns.
    /// </param>
    /// <param name="configure">Sets the options. Default: none are set.</param>
    /// <param name="name">The name of the registration and of its options. Default: <c>pod_identity</c>.</param>
    /// <param name="failureStatus">What a failure is reported as. Default: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags to select the check by. Default: none.</param>
    /// <param name="timeout">
    /// When the framework gives up waiting. Default: none; the check's own deadline is
    /// <see cref="HealthCheckTimingOptions.AttemptTimeout"/> + 1 s.
    /// </param>
    /// <returns>The <paramref name="builder"/>.</returns>
    /// <remarks>
    /// Such a credential sends its requests by itself: <see cref="PodIdentityHealthCheckOptions.TokenEndpoint"/> and the selectors do not
    /// change them (the selectors still say which identity is expected), the responder is not known, and a wrong token is found only
    /// after the credential may have cached it.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> or <paramref name="credentialFactory"/> is <see langword="null"/>.</exception>
    /// <exception cref="OptionsValidationException">Thrown when the host starts: the options are wrong. The message says what to write.</exception>
    public static IHealthChecksBuilder AddPodIdentity(
        this IHealthChecksBuilder builder,
        Func<IServiceProvider, TokenCredential> credentialFactory,
        Action<PodIdentityHealthCheckOptions>? configure = null,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(credentialFactory);
        return AddPodIdentityCore(builder, credentialFactory, configure, name, failureStatus, tags, timeout);
    }

    /// <summary>
    /// Adds a check that NMI on this pod's node is active and intercepts the pod's token requests. It asks for no token, and costs NMI
    /// next to nothing.
    /// </summary>
    /// <param name="builder">The builder of the application's health checks.</param>
    /// <param name="configure">Sets the options. Default: none are set; the node's address is taken from <c>HOST_IP</c>.</param>
    /// <param name="name">The name of the registration and of its options. Default: <c>nmi</c>.</param>
    /// <param name="failureStatus">What a failure is reported as. Default: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags to select the check by. Default: none.</param>
    /// <param name="timeout">
    /// When the framework gives up waiting. Default: none; the check's own deadline is <see cref="HealthCheckTimingOptions.AttemptTimeout"/>.
    /// </param>
    /// <returns>The <paramref name="builder"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    /// <exception cref="OptionsValidationException">
    /// Thrown when the host starts: the options are wrong, or the node's address is not known. The message says what to write.
    /// </exception>
    public static IHealthChecksBuilder AddNmiHealth(
        this IHealthChecksBuilder builder,
        Action<NmiHealthCheckOptions>? configure = null,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        name ??= NmiName;
        var options = builder.Services.AddOptions<NmiHealthCheckOptions>(name);
        options.PostConfigure<IServiceProvider>(static (o, services) => o.HostIp ??= o.Endpoint is null ? HostIp.Find(services) : null);
        options.Services.AddSingleton<IValidateOptions<NmiHealthCheckOptions>>(new NmiOptionsValidator(name));
        return Add(builder, options, configure, static (o, _, time, _) => new NmiAttempt(o, time), failureStatus, tags, timeout);
    }

    private static IHealthChecksBuilder AddPodIdentityCore(
        IHealthChecksBuilder builder,
        Func<IServiceProvider, TokenCredential>? credentialFactory,
        Action<PodIdentityHealthCheckOptions>? configure,
        string? name,
        HealthStatus? failureStatus,
        IEnumerable<string>? tags,
        TimeSpan? timeout)
    {
        name ??= PodIdentityName;
        var options = builder.Services.AddOptions<PodIdentityHealthCheckOptions>(name);
        options.PostConfigure<IServiceProvider>(
            static (o, services) => o.NmiHealthEndpoint ??= NmiEndpoint.Of(new NmiHealthCheckOptions { HostIp = HostIp.Find(services) }));
        options.Services.AddSingleton<IValidateOptions<PodIdentityHealthCheckOptions>>(new PodIdentityOptionsValidator(name));
        return Add(
            builder,
            options,
            configure,
            (o, services, time, log) => new TokenAttempt(o, credentialFactory is null ? null : () => credentialFactory(services), time, log),
            failureStatus,
            tags,
            timeout);
    }

    private static IHealthChecksBuilder Add<TOptions>(
        IHealthChecksBuilder builder,
        OptionsBuilder<TOptions> options,
        Action<TOptions>? configure,
        AttemptFactory<TOptions> createAttempt,
        HealthStatus? failureStatus,
        IEnumerable<string>? tags,
        TimeSpan? timeout)
        where TOptions : HealthCheckTimingOptions, new()
    {
        if (configure is not null)
        {
            options.Configure(configure);
        }

        options.ValidateOnStart();
        builder.Services.TryAddSingleton<CheckInstances>();
        builder.Services.TryAddSingleton(static services =>
            new CheckMetrics(services.GetService<IMeterFactory>(), services.GetService<TimeProvider>() ?? TimeProvider.System));
        var check = new CheckFactory<TOptions>(options.Name, createAttempt);
        return builder.Add(new HealthCheckRegistration(options.Name, check.Get, failureStatus, tags, timeout));
    }
}
