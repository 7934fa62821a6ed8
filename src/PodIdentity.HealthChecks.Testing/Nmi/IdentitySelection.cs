namespace PodIdentity.HealthChecks.Testing.Nmi;

/// <summary>Which identities a request asks for: NMI reads client_id, msi_res_id and mi_res_id, and no object_id.</summary>
internal sealed record IdentitySelector(string ClientId, string ResourceId)
{
    public bool IsEmpty => ClientId.Length == 0 && ResourceId.Length == 0;

    /// <summary>The comparison while NMI waits for a binding: in any letter case.</summary>
    public bool Resembles(SimulatedIdentity identity) => IsEmpty || Matches(identity, StringComparison.OrdinalIgnoreCase);

    /// <summary>The comparison by which NMI then chooses: letter by letter.</summary>
    public bool Names(SimulatedIdentity identity) => !IsEmpty && Matches(identity, StringComparison.Ordinal);

    private bool Matches(SimulatedIdentity identity, StringComparison comparison) => ClientId.Length > 0
        ? identity.ClientId.Equals(ClientId, comparison)
        : identity.ResourceId.Equals(ResourceId, comparison);
}

/// <summary>The identity that NMI found for a pod, or its complaint.</summary>
internal sealed record Selection(SimulatedIdentity? Identity, int Status, string Error)
{
    private const string IndexOutOfRange = "runtime error: index out of range [0] with length 0";

    public static Selection NotFound(string error) => new(null, 404, error);

    /// <summary>Chooses among the identities of a pod. Without a selector, one of those of the pod's namespace, at random.</summary>
    public static Selection Among(IReadOnlyList<SimulatedIdentity> identities, IdentitySelector selector, string podNamespace, NmiMode mode)
    {
        SimulatedIdentity[] own = [.. identities.Where(i => i.Namespace.Equals(podNamespace, StringComparison.Ordinal))];
        if (!selector.IsEmpty)
        {
            return Array.Find(own, selector.Names) is { } named ? new(named, 200, "") : NotFound(NoneFor(selector));
        }

        if (own.Length > 0)
        {
            return new(own[Random.Shared.Next(own.Length)], 200, "");
        }

        // In standard mode NMI indexes the list of what is left without looking.
        return mode == NmiMode.Standard ? new(null, 500, IndexOutOfRange) : NotFound(NoneFor(selector));
    }

    private static string NoneFor(IdentitySelector selector) => $"no azure identity found for request clientID {Redaction.Redact(selector.ClientId)}";
}

/// <summary>How NMI hides client IDs in its texts.</summary>
internal static class Redaction
{
    private const int Shown = 4;

    public static string Redact(string clientId) =>
        clientId.Length < 2 * Shown ? clientId : $"{clientId[..Shown]}##### REDACTED #####{clientId[^Shown..]}";
}
