using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks;
using PodIdentity.HealthChecks.StartupGate;
using PodIdentity.HealthChecks.Validation;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Holds an application's start until its health checks pass.</summary>
public static class StartupGateHealthChecksBuilderExtensions
{
    private const string DefaultTag = "startup";

    /// <summary>
    /// Adds a gate: the host starts no hosted service and opens no port until the health checks with a tag, or those that
    /// <see cref="StartupGateOptions.Predicate"/> selects, pass.
    /// </summary>
    /// <param name="builder">The builder of the application's health checks.</param>
    /// <param name="tag">The tag of the checks to wait for (case-sensitive), and the name of the options. Default: <c>startup</c>.</param>
    /// <param name="configure">Sets the options. Default: none are set.</param>
    /// <returns>The <paramref name="builder"/>.</returns>
    /// <remarks>
    /// Each call adds a gate with its own options and its own timeout; gates hold one after the other, in the order of the calls. While a gate
    /// holds, nothing answers on any port. The startup probe (or, without one, the liveness probe) must allow many times the gate's
    /// timeout: the kubelet keeps counting failures after a gate has ended the process. Set a timeout on the registration of a check that may hang forever, or a
    /// single try can use up all the time.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> or <paramref name="tag"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is empty or white space.</exception>
    /// <exception cref="OptionsValidationException">
    /// Thrown when the host starts: an option is wrong, or no check is selected. The message says what to write.
    /// </exception>
    /// <exception cref="TimeoutException">
    /// Thrown when the host starts: the checks did not pass in time. The message gives the reason and description of each that failed.
    /// </exception>
    public static IHealthChecksBuilder AddStartupGate(
        this IHealthChecksBuilder builder, string tag, Action<StartupGateOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(tag);
        var services = builder.Services;
        var gate = new GateRegistration(NameFor(tag, services), tag);
        if (!services.Any(s => s.ServiceType == typeof(GateRegistration)))
        {
            // Before anything else that runs ahead of the hosted services: it is held as well.
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, StartupGateService>());
        }

        services.AddSingleton(gate);
        services.AddSingleton<IValidateOptions<StartupGateOptions>>(root => new OptionsValidator<StartupGateOptions>(
            "Start-up gate", gate.Name, (o, errors) => StartupGateOptionsValidator.Check(o, gate, root, errors)));
        var options = services.AddOptions<StartupGateOptions>(gate.Name);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        options.ValidateOnStart();
        return builder;
    }

    /// <inheritdoc cref="AddStartupGate(IHealthChecksBuilder, string, Action{StartupGateOptions})"/>
    public static IHealthChecksBuilder AddStartupGate(this IHealthChecksBuilder builder, Action<StartupGateOptions>? configure = null) =>
        builder.AddStartupGate(DefaultTag, configure);

    private static string NameFor(string tag, IServiceCollection services)
    {
        var gates = services.Where(s => s.ServiceType == typeof(GateRegistration));
        var names = gates.Select(s => ((GateRegistration)s.ImplementationInstance!).Name).ToArray();
        return Enumerable.Range(1, names.Length + 1).Select(n => n is 1 ? tag : $"{tag}-{n}").First(n => !names.Contains(n, StringComparer.Ordinal));
    }
}
