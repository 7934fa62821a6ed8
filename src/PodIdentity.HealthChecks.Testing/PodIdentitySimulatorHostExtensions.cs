using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks;
using PodIdentity.HealthChecks.Testing;
using PodIdentity.HealthChecks.Testing.Development;

namespace Microsoft.Extensions.Hosting;

/// <summary>Lets an application that needs a pod identity run on your machine.</summary>
public static class PodIdentitySimulatorHostExtensions
{
    /// <summary>With any of them, a managed identity credential does not ask the metadata address.</summary>
    private static readonly string[] Elsewhere = ["AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT", "MSI_ENDPOINT"];

    /// <summary>
    /// Starts a simulated node in this process, and points the health checks and every <c>ManagedIdentityCredential</c> and
    /// <c>DefaultAzureCredential</c> at it. Call it before you create a credential, and in Development only. Its tokens grant access to nothing.
    /// </summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="configure">Sets the simulator's options, except <see cref="PodIdentitySimulatorOptions.StartWithIdentity"/>. Default: none are set.</param>
    /// <returns>The <paramref name="builder"/>.</returns>
    /// <remarks>
    /// <para>
    /// The pod has the identities that the options of <c>AddPodIdentity()</c> name or expect or, if there are none, one of the simulator's own. A
    /// check that requires the proxy of an identity binding is treated as one that requires NMI. Addresses that you set yourself are kept. Verdicts are not reused
    /// unless you change the lifetimes, so you see most faults at once. To break the node from code, get the
    /// <see cref="PodIdentitySimulator"/> from your services.
    /// </para>
    /// <para>
    /// If a check requires Microsoft Entra ID, the pod uses workload identity, and there is no NMI. The webhook's variables are set in this
    /// process from the start of the host until it is disposed. The checks, and all credentials whose options set no <c>Transport</c>, trust
    /// the simulated Entra. A <c>WorkloadIdentityCredential</c> reads the variables when you create it, so create it in a factory:
    /// <c>AddSingleton&lt;TokenCredential&gt;(_ => new WorkloadIdentityCredential())</c>.
    /// </para>
    /// <para>
    /// A process has one such node, which runs until the process ends: further calls share it and ignore their
    /// <paramref name="configure"/>. The call sets <c>AZURE_POD_IDENTITY_AUTHORITY_HOST</c>, <c>ClientOptions.Default.Transport</c> of
    /// Azure.Core and, unless it is set, <c>AZURE_TOKEN_CREDENTIALS</c>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// The environment is not Development, or <c>AZURE_FEDERATED_TOKEN_FILE</c>, <c>IDENTITY_ENDPOINT</c> or <c>MSI_ENDPOINT</c> is set, which
    /// makes credentials ask somebody else.
    /// </exception>
    public static IHostApplicationBuilder AddPodIdentitySimulator(
        this IHostApplicationBuilder builder, Action<PodIdentitySimulatorOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!builder.Environment.IsDevelopment())
        {
            throw new InvalidOperationException(
                $"AddPodIdentitySimulator() is for Development only, and the environment is {builder.Environment.EnvironmentName}: the simulator's tokens grant access to nothing. "
                + "Example: if (builder.Environment.IsDevelopment()) builder.AddPodIdentitySimulator();");
        }

        if (Array.Find(Elsewhere, n => Environment.GetEnvironmentVariable(n) is { Length: > 0 } value && !DevelopmentNode.HasSet(n, value)) is { } variable)
        {
            throw new InvalidOperationException($"AddPodIdentitySimulator(): {variable} is set, so your credentials would not ask the simulator. Example: unset {variable}");
        }

        var node = DevelopmentNode.GetOrStart(configure);
        var simulator = node.Simulator;
        builder.Services.AddSingleton(simulator).AddSingleton(node).AddSingleton(node.Detour).AddSingleton<NodeShare>().AddHostedService<DevelopmentNotice>();
        AddDefaults<PodIdentityHealthCheckOptions>(builder.Services, (options, services) =>
        {
            if (options.RequiredResponder is PodIdentityResponder.Entra)
            {
                services.GetRequiredService<NodeShare>().Federate(options);
                return;
            }

            options.NmiHealthEndpoint ??= simulator.NmiHealthEndpoint;
            if (options.RequiredResponder is PodIdentityResponder.IdentityBindingProxy)
            {
                options.RequiredResponder = PodIdentityResponder.Nmi;
            }

            services.GetRequiredService<NodeShare>().Provide(options);
        });
        AddDefaults<NmiHealthCheckOptions>(builder.Services, (options, _) =>
        {
            options.Endpoint ??= options.HostIp is null ? simulator.NmiHealthEndpoint : null;
            if (options.MetadataAddress == new NmiHealthCheckOptions().MetadataAddress)
            {
                options.MetadataAddress = simulator.MetadataAddress;
            }
        });
        return builder;
    }

    /// <summary>Sets defaults of every registration: before the library's own, and after all that the application sets, wherever it does.</summary>
    private static void AddDefaults<TOptions>(IServiceCollection services, Action<TOptions, IServiceProvider> set)
        where TOptions : HealthCheckTimingOptions, new()
    {
        var library = new TOptions();
        services.Insert(0, ServiceDescriptor.Singleton<IPostConfigureOptions<TOptions>>(root => new PostConfigureOptions<TOptions>(name: null, options =>
        {
            set(options, root);
            options.ResultLifetime = options.ResultLifetime == library.ResultLifetime ? TimeSpan.Zero : options.ResultLifetime;
            options.FailureLifetime = options.FailureLifetime == library.FailureLifetime ? TimeSpan.Zero : options.FailureLifetime;
        })));
    }
}
