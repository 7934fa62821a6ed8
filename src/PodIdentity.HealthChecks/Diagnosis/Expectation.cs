namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Who the token must be for, and who must have handed it out.</summary>
internal sealed record Expectation(
    string? ClientId = null, string? ObjectId = null, string? TenantId = null, string? ResourceId = null, PodIdentityResponder? Responder = null)
{
    public static Expectation Nothing { get; } = new();

    /// <summary>Whether NMI may answer: it need not be there where somebody else must.</summary>
    public bool AllowsNmi => Responder is null or PodIdentityResponder.Nmi;

    /// <summary>Behind an identity binding's proxy it is Microsoft Entra ID that answers.</summary>
    public bool IsWrongResponder(PodIdentityResponder responder) => Responder is { } required
        && responder != required
        && (required, responder) is not (PodIdentityResponder.Entra, PodIdentityResponder.IdentityBindingProxy);

    /// <returns>What is wrong, as "client ID X instead of Y"; <see langword="null"/> when the token is as expected.</returns>
    public string? FindMismatch(TokenIdentity identity) =>
        Compare("client ID", ClientId, identity.ClientId)
        ?? Compare("object ID", ObjectId, identity.ObjectId)
        ?? Compare("tenant ID", TenantId, identity.TenantId)
        ?? Compare("resource ID", ResourceId, identity.ResourceId);

    private static string? Compare(string name, string? expected, string? actual) => (expected, actual) switch
    {
        (null, _) => null,
        (_, null) => $"an unknown identity: the token has no {name} (expected: {expected})",
        _ => TokenIdentity.AreSame(expected, actual) ? null : $"{name} {actual} instead of {expected}",
    };
}
