using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>What came of a scenario, in the words of the README's table.</summary>
/// <param name="Verdict">The status, and the reason of the check that gave it.</param>
/// <param name="Requests">How many asked for a token, and how many did not: "1 + 2".</param>
internal sealed record Outcome(string Verdict, string Requests)
{
    public static Outcome Of(HealthReport report, IReadOnlyCollection<SimulatedRequest> requests)
    {
        var reasons = report.Entries.OrderByDescending(e => e.Key, StringComparer.Ordinal)
            .Select(e => e.Value.Reason())
            .Where(r => r is not null)
            .Distinct();
        var received = requests.Where(r => !r.Forwarded).ToArray();
        var tokens = received.Count(r => FederatedPod.IsExchange(r) || r.Path.StartsWith("/metadata/identity", StringComparison.Ordinal));
        return new Outcome(string.Join(' ', [$"{report.Status}", .. reasons.Select(r => $"`{r}`")]), $"{tokens} + {received.Length - tokens}");
    }
}
