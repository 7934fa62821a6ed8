namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What is kept of a token: everything but its text.</summary>
internal sealed record TokenFacts(TokenIdentity Identity, DateTimeOffset? ExpiresOn, DateTimeOffset? IssuedAt = null);

/// <summary>Whose a token is, by its claims. All absent: the token is not a JWT that could be read.</summary>
internal sealed record TokenIdentity(string? ClientId, string? ObjectId, string? TenantId, string? ResourceId)
{
    public static TokenIdentity Unverifiable { get; } = new(null, null, null, null);

    public bool IsVerifiable => this != Unverifiable;

    /// <summary>Whether the two are surely different: a claim that only one of them carries says nothing. One client has a new object ID where it was created anew.</summary>
    public bool DiffersFrom(TokenIdentity other) => ClientId is not null && other.ClientId is not null
        ? !AreSame(ClientId, other.ClientId)
        : Differ(ObjectId, other.ObjectId) || Differ(TenantId, other.TenantId);

    /// <summary>Compares identifiers as Azure does: GUIDs as GUIDs, everything else (ARM resource IDs) without case.</summary>
    public static bool AreSame(string one, string other) =>
        Guid.TryParse(one, out var first) && Guid.TryParse(other, out var second)
            ? first == second
            : string.Equals(one.Trim().TrimEnd('/'), other.Trim().TrimEnd('/'), StringComparison.OrdinalIgnoreCase);

    private static bool Differ(string? one, string? other) => one is not null && other is not null && !AreSame(one, other);
}
