using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>Something that can be wrong with a pod that gets its token from Microsoft Entra ID, and what the pod expects.</summary>
/// <param name="Name">As in the README's table.</param>
internal sealed record FederatedScenario(string Name)
{
    public bool HasBinding { get; init; }

    /// <summary>Whether the webhook missed the pod, so that it asks the metadata address.</summary>
    public bool IsMissed { get; init; }

    /// <summary>What is so from the start.</summary>
    public Action<FederatedPod> Prepare { get; init; } = _ => { };

    /// <summary>What is wrong, from the start or after a first success.</summary>
    public Action<FederatedPod> Break { get; init; } = _ => { };

    public Action<PodIdentityHealthCheckOptions, FederatedPod>? Expect { get; init; }

    /// <summary>Whether the check has been healthy before.</summary>
    public bool AfterSuccess { get; init; }

    /// <summary>How many requests, one after the other, wait for longer than their deadlines.</summary>
    public int Silences { get; init; }

    public FederatedScenario AfterFirstSuccess() => this with { Name = Name + ", after a first success", AfterSuccess = true };
}
