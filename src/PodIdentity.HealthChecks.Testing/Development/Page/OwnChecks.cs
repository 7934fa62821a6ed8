using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>The application's registrations of this library's checks, and what they say about the identity that it relies on.</summary>
internal sealed class OwnChecks
{
    private readonly IServiceProvider _services;
    private readonly HashSet<string> _nmi;

    public OwnChecks(IServiceProvider services)
    {
        _services = services;
        _nmi = NamesOf<NmiHealthCheckOptions>();
        var identity = NamesOf<PodIdentityHealthCheckOptions>();
        Registrations =
        [
            .. services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Where(r => _nmi.Contains(r.Name) || identity.Contains(r.Name)),
        ];
        var monitor = services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>();
        PodIdentityHealthCheckOptions[] options = [.. Registrations.Where(r => identity.Contains(r.Name)).Select(r => monitor.Get(r.Name))];
        Asked = options.FirstOrDefault() ?? new PodIdentityHealthCheckOptions();
        RequiresNmi = Registrations.Any(r => _nmi.Contains(r.Name)) || options.Any(o => o.RequiredResponder is PodIdentityResponder.Nmi);
    }

    public IReadOnlyList<HealthCheckRegistration> Registrations { get; }

    /// <summary>Gets the options that say which identity to ask for: those of the first registration.</summary>
    public PodIdentityHealthCheckOptions Asked { get; }

    /// <summary>Gets whether the application names the identity that it asks for.</summary>
    public bool IsNamed => Asked is { ClientId: not null } or { ResourceId: not null } or { ObjectId: not null };

    /// <summary>Gets whether a token counts only if NMI answered.</summary>
    public bool RequiresNmi { get; }

    /// <summary>Tells whether a check claims to know that there is a token. That of NMI does not.</summary>
    public bool AsksForToken(HealthCheckRegistration registration) => !_nmi.Contains(registration.Name);

    /// <summary>Tells for how long a check keeps a failure back.</summary>
    public TimeSpan GraceOf(HealthCheckRegistration registration) => AsksForToken(registration)
        ? _services.GetRequiredService<IOptionsMonitor<PodIdentityHealthCheckOptions>>().Get(registration.Name).FailureGracePeriod
        : _services.GetRequiredService<IOptionsMonitor<NmiHealthCheckOptions>>().Get(registration.Name).FailureGracePeriod;

    /// <summary>Asks a check as the framework does, without its log line for each failure.</summary>
    public async Task<Told> AskAsync(HealthCheckRegistration registration, CancellationToken cancellationToken)
    {
        var scope = _services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            var check = registration.Factory(scope.ServiceProvider);
            var result = await check.CheckHealthAsync(new HealthCheckContext { Registration = registration }, cancellationToken).ConfigureAwait(false);
            return new Told(
                result.Status,
                (string?)result.Data.GetValueOrDefault(PodIdentityDataKeys.Reason),
                (string?)result.Data.GetValueOrDefault(PodIdentityDataKeys.Hint));
        }
    }

    /// <summary>Each registration has a step of its own that looks for NMI, under its name.</summary>
    private HashSet<string> NamesOf<TOptions>()
        where TOptions : class => _services
        .GetServices<IPostConfigureOptions<TOptions>>()
        .OfType<PostConfigureOptions<TOptions, IServiceProvider>>()
        .Select(step => step.Name ?? "")
        .ToHashSet(StringComparer.Ordinal);
}
