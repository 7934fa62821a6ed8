using PodIdentity.HealthChecks;

namespace WebApp;

/// <summary>What the application's own health checks look at: the setting <c>Guard</c>.</summary>
internal enum Guard
{
    /// <summary>NMI, and the token that it gives.</summary>
    Identity,

    /// <summary>NMI alone.</summary>
    Nmi,

    /// <summary>The token alone: under workload identity there is no NMI.</summary>
    WorkloadIdentity,

    /// <summary>Neither: something beside the application does, or nobody.</summary>
    None,
}

/// <summary>Registers the checks of a <see cref="Guard"/>, and the gate that holds the application until they pass.</summary>
internal static class GuardHealthChecksBuilderExtensions
{
    private static readonly TimeSpan LivenessGrace = TimeSpan.FromMinutes(5);

    public static IHealthChecksBuilder AddGuard(this IHealthChecksBuilder checks, IConfiguration configuration)
    {
        var value = configuration["Guard"];
        var isKnown = Enum.GetNames<Guard>().Contains(value ?? nameof(Guard.Identity), StringComparer.OrdinalIgnoreCase);
        checks.Services.AddOptions<GuardOptions>()
            .Validate(_ => isKnown, $"Guard is '{value}': it must be {string.Join(" or ", Enum.GetNames<Guard>())}. Example: Guard=Identity")
            .ValidateOnStart();
        if (!isKnown)
        {
            return checks;
        }

        var guard = value is null ? Guard.Identity : Enum.Parse<Guard>(value, ignoreCase: true);
        if (guard is Guard.Identity or Guard.WorkloadIdentity)
        {
            checks.AddPodIdentity(options => Bind(options, configuration, "PodIdentity"), tags: ["ready", "startup"]);
        }

        if (guard is Guard.Identity or Guard.Nmi)
        {
            checks.AddNmiHealth(options => Bind(options, configuration, "Nmi"), tags: ["ready", "startup"]);

            // NMI serves the whole node, and no restart of a pod repairs it: liveness looks at it as the last resort, after minutes.
            // It is in the gate, too, so that the grace begins with a success.
            checks.AddNmiHealth(options => BindLiveness(options, configuration), name: "nmi_liveness", tags: ["live", "startup"]);
        }

        return guard is Guard.None ? checks : checks.AddStartupGate("startup");
    }

    private static void BindLiveness(NmiHealthCheckOptions options, IConfiguration configuration)
    {
        Bind(options, configuration, "Nmi");
        options.FailureGracePeriod = LivenessGrace;
        Bind(options, configuration, "NmiLiveness");
    }

    /// <summary>A setting whose name is misspelt would protect nobody: it ends the start.</summary>
    private static void Bind(object options, IConfiguration configuration, string section) =>
        configuration.GetSection(section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);

    /// <summary>Holds nothing: it carries the complaint about a wrong value to where those about all options are made.</summary>
    private sealed class GuardOptions;
}
