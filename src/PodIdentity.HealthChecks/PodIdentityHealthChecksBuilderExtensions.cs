using System.Diagnostics.Metrics;
using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Nmi;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Tokens;
using PodIdentity.HealthChecks.Validation;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the pod identity checks to an application's health checks.</summary>
public static class PodIdentityHealthChecksBuilderExtensions
{
    private const string PodIdentityName = "pod_identity";
    private const string NmiName = "nmi";

    /// <summary>
    /// Adds a check that tells whether this pod can get a token right now for the identity it is supposed to have. It works with
    /// workload identity and AAD Pod Identity, through its own <c>ManagedIdentityCredential</c>. With an AKS identity binding, it asks the
    /// binding's proxy itself.
    /// </summary>
    /// <inheritdoc
    ///   cref="AddPodIdentity(IHealthChecksBuilder, Func{IServiceProvider, TokenCredential}, Action{PodIdentityHealthCheckOptions}, string, HealthStatus?, IEnumerable{string}, TimeSpan?)"
    ///   path="//param | //returns | //exception"/>
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
    /// Adds a check that tells whether this pod can get a token right now for the identity it is supposed to have, through the application's
    /// own credential.
    /// </summary>
    /// <param name="builder">The builder of the application's health checks.</param>
    /// <param name="credentialFactory">
    /// Creates the credential, or takes it from the application's root service provider, which cannot resolve scoped services. It is called
    /// when the check first runs, and again only if it threw. The check does not dispose the credential.
    /// </param>
    /// <param name="configure">Sets the options. Default: none are set.</param>
    /// <param name="name">The name of the registration and of its options. Default: <c>pod_identity</c>, or <c>nmi</c> for the NMI check.</param>
    /// <param name="failureStatus">What a failure is reported as. Default: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags to select the check by. Default: none.</param>
    /// <param name="timeout">
    /// When the framework gives up on the check. It must be longer than the check's own deadline,
    /// <see cref="HealthCheckTimingOptions.AttemptTimeout"/> + 1 s. Default: never.
    /// </param>
    /// <returns>The <paramref name="builder"/>.</returns>
    /// <remarks>
    /// The credential sends its own requests, so <see cref="PodIdentityHealthCheckOptions.TokenEndpoint"/> and
    /// <see cref="PodIdentityHealthCheckOptions.RequiredResponder"/> are refused. The options that name an identity do not change what it
    /// requests: they say which one you expect, and let the check ask NMI itself if the credential gets no answer. The credential may have
    /// cached a wrong token by the time the check finds it.
    /// </remarks>
    /// <exception cref="ArgumentNullException">A required argument is <see langword="null"/>.</exception>
    /// <exception cref="OptionsValidationException">Thrown when the host starts: an option is wrong. The message says what to write.</exception>
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
        return AddPodIdentityCore(builder, new CredentialFactory(credentialFactory, builder.Services), configure, name, failureStatus, tags, timeout);
    }

    /// <summary>
    /// Adds the check of <c>AddPodIdentity()</c> with options from the configuration. It works in trimmed and Native AOT applications, too.
    /// </summary>
    /// <param name="builder">The builder of the application's health checks.</param>
    /// <param name="section">
    /// Holds the options, for example <c>builder.Configuration.GetSection("PodIdentity")</c>. If it is empty or missing, the defaults apply,
    /// and the log says so.
    /// </param>
    /// <param name="configure">Sets options in code, which override those in the <paramref name="section"/>. Default: none are set.</param>
    /// <param name="name">The name of the registration and of its options. Default: <c>pod_identity</c>, or <c>nmi</c> for the NMI check.</param>
    /// <param name="failureStatus">What a failure is reported as. Default: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags to select the check by. Default: none.</param>
    /// <param name="timeout">When the framework gives up on the check. It must be longer than <see cref="HealthCheckTimingOptions.AttemptTimeout"/> + 1 s. Default: never.</param>
    /// <returns>The <paramref name="builder"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> or <paramref name="section"/> is <see langword="null"/>.</exception>
    /// <exception cref="OptionsValidationException">
    /// Thrown when the host starts: an option is wrong, a value cannot be read, or a key is not an option. The message says what to write.
    /// </exception>
    public static IHealthChecksBuilder AddPodIdentity(
        this IHealthChecksBuilder builder,
        IConfiguration section,
        Action<PodIdentityHealthCheckOptions>? configure = null,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);
        Read(builder.Services, name ?? PodIdentityName, section, Settings.PodIdentity);
        return builder.AddPodIdentity(configure, name, failureStatus, tags, timeout);
    }

    /// <summary>
    /// Adds a check that tells whether NMI on this pod's node is active and intercepts the pod's token requests. It requests no token. The
    /// node's address comes from <c>HOST_IP</c> unless the options say otherwise.
    /// </summary>
    /// <inheritdoc
    ///   cref="AddPodIdentity(IHealthChecksBuilder, Func{IServiceProvider, TokenCredential}, Action{PodIdentityHealthCheckOptions}, string, HealthStatus?, IEnumerable{string}, TimeSpan?)"
    ///   path="//param | //returns | //exception"/>
    public static IHealthChecksBuilder AddNmiHealth(
        this IHealthChecksBuilder builder,
        Action<NmiHealthCheckOptions>? configure = null,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = builder.Services.AddOptions<NmiHealthCheckOptions>(name ?? NmiName);
        options.PostConfigure<IServiceProvider>(static (o, services) => o.HostIp ??= o.Endpoint is null ? FindHostIp(services) : null);
        return Add(
            builder, options, configure, NmiOptionsValidator.Check, static (o, _, time, _) => new NmiAttempt(o, time), failureStatus, tags, timeout);
    }

    /// <summary>
    /// Adds the check of <c>AddNmiHealth()</c> with options from the configuration. It works in trimmed and Native AOT applications, too.
    /// </summary>
    /// <inheritdoc
    ///   cref="AddPodIdentity(IHealthChecksBuilder, IConfiguration, Action{PodIdentityHealthCheckOptions}, string, HealthStatus?, IEnumerable{string}, TimeSpan?)"
    ///   path="//param | //returns | //exception"/>
    public static IHealthChecksBuilder AddNmiHealth(
        this IHealthChecksBuilder builder,
        IConfiguration section,
        Action<NmiHealthCheckOptions>? configure = null,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);
        Read(builder.Services, name ?? NmiName, section, Settings.Nmi);
        return builder.AddNmiHealth(configure, name, failureStatus, tags, timeout);
    }

    private static IHealthChecksBuilder AddPodIdentityCore(
        IHealthChecksBuilder builder,
        CredentialFactory? credentialFactory,
        Action<PodIdentityHealthCheckOptions>? configure,
        string? name,
        HealthStatus? failureStatus,
        IEnumerable<string>? tags,
        TimeSpan? timeout)
    {
        builder.Services.TryAddSingleton<CredentialTurn>();
        var options = builder.Services.AddOptions<PodIdentityHealthCheckOptions>(name ?? PodIdentityName);
        options.PostConfigure<IServiceProvider>(static (o, services) => o.NmiHealthEndpoint ??= FindNmi(services));
        return Add(
            builder,
            options,
            configure,
            (o, errors) => PodIdentityOptionsValidator.Check(o, hasCredentialFactory: credentialFactory is not null, errors),
            (o, services, time, log) => TokenAttempt.Of(
                o,
                credentialFactory?.For(services, log.CredentialFactoryFailed),
                time,
                log,
                services.GetRequiredService<CredentialTurn>(),
                detour: services.GetService<Detour>()),
            failureStatus,
            tags,
            timeout);
    }

    private static IHealthChecksBuilder Add<TOptions>(
        IHealthChecksBuilder builder,
        OptionsBuilder<TOptions> options,
        Action<TOptions>? configure,
        Action<TOptions, ValidationErrors> validate,
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
        var check = new CheckFactory<TOptions>(options.Name, createAttempt);
        builder.Services.AddSingleton(check);
        Validate<TOptions>(builder.Services, options.Name, (o, errors) =>
        {
            validate(o, errors);
            TimingOptionsValidator.Check(o, timeout, errors);
        });
        builder.Services.TryAddSingleton<CheckInstances>();
        builder.Services.TryAddSingleton(static services =>
            new CheckMetrics(services.GetService<IMeterFactory>(), services.GetService<TimeProvider>() ?? TimeProvider.System));
        return builder.Add(new HealthCheckRegistration(options.Name, check.Get, failureStatus, tags, timeout));
    }

    private static void Validate<TOptions>(IServiceCollection services, string name, Action<TOptions, ValidationErrors> check)
        where TOptions : class =>
        services.AddSingleton<IValidateOptions<TOptions>>(new OptionsValidator<TOptions>("Health check", name, check));

    /// <summary>Sets what can be read, and leaves the complaints to the validation, which makes them together with all others.</summary>
    private static void Read<TOptions>(IServiceCollection services, string name, IConfiguration section, IReadOnlyList<Setting<TOptions>> settings)
        where TOptions : class, new()
    {
        services.AddOptions<TOptions>(name).Configure<IServiceProvider>((options, root) =>
        {
            OptionsSection.Read(section, settings, options, new ValidationErrors(""));
            if (!section.GetChildren().Any() && root.GetService<ILoggerFactory>()?.CreateLogger(Log.Category) is { } logger)
            {
                Log.SectionEmpty(logger, name, (section as IConfigurationSection)?.Path ?? "");
            }
        });
        Validate<TOptions>(services, name, (_, errors) => OptionsSection.Read(section, settings, new TOptions(), errors));
    }

    private static string? FindHostIp(IServiceProvider services) => DeploymentSetting.Find(services, NmiEndpoint.HostIpVariable);

    /// <summary>Where the container's NMI checks ask, if that is one place; otherwise where NMI listens by default.</summary>
    private static Uri? FindNmi(IServiceProvider services)
    {
        try
        {
            var endpoints = services.GetServices<CheckFactory<NmiHealthCheckOptions>>().Select(c => NmiEndpoint.Of(c.OptionsIn(services))).Distinct().ToArray();
            return endpoints is [var only] ? only : NmiEndpoint.Of(new NmiHealthCheckOptions { HostIp = FindHostIp(services) });
        }
        catch (OptionsValidationException)
        {
            // The NMI check reports it, and the host does not start: once is enough.
            return null;
        }
    }
}
