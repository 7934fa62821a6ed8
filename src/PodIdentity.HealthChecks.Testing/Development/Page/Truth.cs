using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>
/// What is true at this moment, read from the node's state and asked of nobody: would a fresh request get the right token? If only the
/// token service is in trouble, the last token excuses that for as long as it is valid.
/// </summary>
/// <param name="simulator">The node.</param>
/// <param name="right">The identities that the pod is supposed to have.</param>
/// <param name="isNamed">Whether the pod names the one that it asks for.</param>
/// <param name="requiresNmi">Whether a token counts only if NMI answers.</param>
/// <param name="time">The clock by which tokens expire.</param>
/// <param name="workload">The pod as the webhook left it; <see langword="null"/>, or what it returns: it is none of workload identity.</param>
internal sealed class Truth(
    PodIdentitySimulator simulator,
    Func<IReadOnlyList<SimulatedIdentity>> right,
    bool isNamed,
    bool requiresNmi,
    TimeProvider time,
    Func<SimulatedWorkload?>? workload = null)
{
    private readonly object _lock = new();
    private DateTimeOffset? _excusedUntil;

    private SimulatedImds Imds => simulator.Imds;

    private SimulatedWorkload? Workload => workload?.Invoke();

    public Told Read()
    {
        lock (_lock)
        {
            return Judge(ReadFresh());
        }
    }

    private Told Judge(Told fresh)
    {
        switch (fresh.Status)
        {
            case HealthStatus.Healthy:
                _excusedUntil = time.GetUtcNow() + (Workload is null ? Imds.TokenLifetime : simulator.Entra.TokenLifetime);
                return fresh;
            case HealthStatus.Degraded when time.GetUtcNow() < _excusedUntil:
                return fresh with { Hint = $"{fresh.Hint} The last one is still valid: keep serving." };
            case HealthStatus.Degraded:
                return Told.Fail("No token", fresh.Hint);
            default:
                _excusedUntil = null;
                return fresh;
        }
    }

    private Told ReadFresh()
    {
        if (Workload is { } pod)
        {
            return pod.TokenFile is not null ? ReadEntra(pod)
                : Issues() is { Passes: false } missed ? missed
                : Told.Fail("Not injected", "The webhook missed the pod: IMDS answers, and would give any other pod the same answer.");
        }

        var responder = simulator.MetadataResponder();
        return responder switch
        {
            SimulatedResponder.Nmi when simulator.Nmi.State is NmiState.Killed => Told.Fail("No answer", "NMI is gone, and its rules redirect every request to a closed port."),
            SimulatedResponder.Nmi => ReadNmi(),
            SimulatedResponder.WorkloadIdentityProxy => ReadProxy(),
            _ when requiresNmi && Issues().Passes => Told.Fail("Not intercepted", "IMDS, not NMI, answers the pod, and would give any other pod the same answer."),
            _ => Issues(),
        };
    }

    private Told ReadEntra(SimulatedWorkload pod) => simulator.Entra switch
    {
        { Fault: not EntraFault.None } => new Told(HealthStatus.Degraded, "Last token valid", "Microsoft Entra ID is in trouble, so there is no fresh token."),
        { Error: not null } => Told.Fail("No token", "Microsoft Entra ID refuses the exchange."),
        var entra when !right().All(i => entra.CredentialsOf(i).Contains(pod.FederatedCredential)) => Told.Fail("No token", "Microsoft Entra ID finds no federated credential for the pod's service account."),
        var entra => Issued(entra.TokenLifetime),
    };

    private Told ReadProxy() => simulator.Proxy switch
    {
        { EntraError: not null } => Told.Fail("No token", "Microsoft Entra ID finds no federated credential, so the sidecar has no token."),
        _ when requiresNmi => Told.Fail("Not intercepted", "The sidecar, not NMI, answers the pod."),
        { DefaultClientId: null } when !isNamed => Told.Fail("No token", "The sidecar was not told which identity to use."),
        _ => Issued(Imds.TokenLifetime),
    };

    private Told ReadNmi()
    {
        if (simulator.Pod.Excepted)
        {
            return Issues();
        }

        if (!simulator.UnknownCallersArePod)
        {
            return Told.Fail("No token", "NMI does not know the pod.");
        }

        var given = simulator.Nmi.Mode is NmiMode.Managed ? simulator.Pod.Bound : simulator.Pod.BoundIn(BindingState.Assigned);
        return !right().All(given.Contains) ? Told.Fail("No token", "NMI has no identity for the pod on this node.")
            : !right().All(Imds.UserAssigned.Contains) ? Told.Fail("No token", "The identity does not exist.")
            : ReadFault() ?? Issued(Imds.TokenLifetime);
    }

    /// <summary>What IMDS makes of the pod's request when it comes as it is.</summary>
    private Told Issues()
    {
        var onNode = Imds.UserAssigned;
        SimulatedIdentity? given = isNamed ? right().FirstOrDefault(onNode.Contains) : Imds.SystemAssigned ?? (onNode.Count == 1 ? onNode[0] : null);
        return ReadFault() ?? (given is null ? Told.Fail("No token", "IMDS does not find the identity.")
            : right().Contains(given) ? Issued(Imds.TokenLifetime)
            : Told.Fail("Another identity's token", $"IMDS answers with a token for the identity '{given.Name}'."));
    }

    private static Told Issued(TimeSpan lifetime) => lifetime > TimeSpan.Zero
        ? new Told(HealthStatus.Healthy, "Token", "A fresh request gets a token for the pod's identity.")
        : Told.Fail("Expired token", "The token is already expired when it is issued.");

    /// <summary>Trouble that passes is degraded, a refusal is not.</summary>
    private Told? ReadFault() => Imds.Fault switch
    {
        ImdsFault.None => null,
        ImdsFault.Forbidden or ImdsFault.Unauthorized => Told.Fail("No token", "The identity is refused."),
        ImdsFault.Garbage or ImdsFault.Huge or ImdsFault.Empty or ImdsFault.NoToken => Told.Fail("No token", "IMDS answers without a token."),
        _ => new Told(HealthStatus.Degraded, "Last token valid", "IMDS is in trouble, so there is no fresh token."),
    };
}
