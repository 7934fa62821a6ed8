using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.StartupGate;

/// <summary>
/// One call of <c>AddStartupGate()</c>: the name of its options, and of the gate in messages; and the tag that selects the checks, unless
/// <see cref="StartupGateOptions.Predicate"/> does.
/// </summary>
internal sealed record GateRegistration(string Name, string Tag)
{
    public IReadOnlyList<string> Select(IEnumerable<HealthCheckRegistration> registrations, StartupGateOptions options) =>
        [.. registrations.Where(options.Predicate ?? (r => r.Tags.Contains(Tag))).Select(r => r.Name)];
}
