namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Whose a token is, by its claims. All absent: the token is not a JWT that could be read.</summary>
internal sealed record TokenIdentity(string? ClientId, string? ObjectId, string? TenantId, string? ResourceId)
{
    public static TokenIdentity Unverifiable { get; } = new(null, null, null, null);

    public bool IsVerifiable => this != Unverifiable;

    /// <summary>Whether the two are surely different: a claim that only one of them carries says nothing. One client has a new object id where it was created anew.</summary>
    public bool DiffersFrom(TokenIdentity other) => ClientId is not null && other.ClientId is not null
        ? !IdText.AreSame(ClientId, other.ClientId)
        : Differ(ObjectId, other.ObjectId) || Differ(TenantId, other.TenantId);

    private static bool Differ(string? one, string? other) => one is not null && other is not null && !IdText.AreSame(one, other);
}
