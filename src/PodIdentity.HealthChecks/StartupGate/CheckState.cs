using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.StartupGate;

/// <summary>What a gate knows of one check: of ours by our data keys, of anybody else's by what the framework reports.</summary>
internal sealed record CheckState(string Check, bool Passes, string Finding, string Description)
{
    public static CheckState Of(string check, HealthReportEntry entry, bool acceptDegraded)
    {
        var reason = entry.Data.TryGetValue(PodIdentityDataKeys.Reason, out var value) ? value as string : null;
        var isOurs = Enum.TryParse<PodIdentityFailureReason>(reason, out _);
        return new CheckState(
            check,
            entry.Status is HealthStatus.Healthy || (acceptDegraded && entry.Status is HealthStatus.Degraded),
            reason is null ? $"{entry.Status}" : $"{entry.Status} ({SafeText.ForPeople(reason)})",
            isOurs ? entry.Description ?? "" : Describe(entry));
    }

    public static CheckState Unanswered(string check) =>
        new(check, Passes: false, "Unanswered", "it gave no answer before the time was up");

    public override string ToString() => Description.Length == 0 ? $"{Check}: {Finding}" : $"{Check}: {Finding}: {Description}";

    /// <summary>
    /// The framework makes the text of a check's exception its description, and that may hold a connection string: only the exception's
    /// type is told here.
    /// </summary>
    private static string Describe(HealthReportEntry entry) => entry switch
    {
        { Exception: { } e, Description: var text } when text is null || text.Contains(e.Message, StringComparison.Ordinal) => $"it threw {e.GetType().Name}",
        { Description: { } text } => SafeText.ForPeople(text),
        _ => "",
    };
}
