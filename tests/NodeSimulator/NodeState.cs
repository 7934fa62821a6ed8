using System.Text.Json;
using System.Text.Json.Serialization;
using PodIdentity.HealthChecks.Testing;

namespace NodeSimulator;

/// <summary>All that is to be set on the node and on Entra. What is left out is in order: a setter, unlike <c>init</c>, keeps its default in JSON.</summary>
internal sealed record NodeState
{
    /// <summary>NMI's process. Its rules are the kernel's, and set by whoever sets this.</summary>
    public NmiState Nmi { get; set; } = NmiState.Active;

    public ImdsFault Imds { get; set; } = ImdsFault.None;

    /// <summary>The names of the user-assigned identities on the node.</summary>
    public IReadOnlyList<string> OnNode { get; set; } = [Identities.Expected];

    public bool SystemAssigned { get; set; }

    /// <summary>The names of the identities bound to the pods; those that are not on the node were deleted behind NMI's back.</summary>
    public IReadOnlyList<string> Bound { get; set; } = [Identities.Expected];

    public EntraState Entra { get; set; } = new();

    /// <param name="simulator">Where it is set.</param>
    /// <param name="before">What was set.</param>
    public async Task ApplyToAsync(PodIdentitySimulator simulator, NodeState before)
    {
        Entra.ApplyTo(simulator.Entra, before.Entra);
        simulator.Imds.Clear();
        simulator.Pod.UnbindAll();
        foreach (var name in Bound)
        {
            simulator.Pod.Bind(Identities.Named(name));
        }

        foreach (var identity in simulator.Imds.UserAssigned.Where(i => !OnNode.Contains(i.Name, StringComparer.Ordinal)))
        {
            simulator.Imds.RemoveUserAssigned(identity);
        }

        foreach (var name in OnNode.Except(simulator.Imds.UserAssigned.Select(i => i.Name), StringComparer.Ordinal))
        {
            simulator.Imds.AddUserAssigned(Identities.Named(name));
        }

        simulator.Imds.SystemAssigned = SystemAssigned ? Identities.Named("node") : null;
        simulator.Imds.Fault = Imds;
        await simulator.Nmi.SetStateAsync(Nmi);
    }
}

/// <summary>How the state travels.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(NodeState))]
internal sealed partial class NodeJson : JsonSerializerContext;
