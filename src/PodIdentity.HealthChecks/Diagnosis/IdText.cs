namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Compares identifiers as Azure does: GUIDs as GUIDs, everything else (ARM resource ids) without case.</summary>
internal static class IdText
{
    public static bool AreSame(string one, string other) =>
        Guid.TryParse(one, out var first) && Guid.TryParse(other, out var second)
            ? first == second
            : string.Equals(one.Trim().TrimEnd('/'), other.Trim().TrimEnd('/'), StringComparison.OrdinalIgnoreCase);
}
