using PodIdentity.HealthChecks.Testing;

namespace NodeSimulator;

/// <summary>All that is to be set on Microsoft Entra ID. What is left out is in order, but a federated credential has to be named.</summary>
internal sealed record EntraState
{
    public EntraFault Fault { get; set; }

    /// <summary>The part of the exchanges that is refused without a cause, for example 0.02.</summary>
    public double Noise { get; set; }

    /// <summary>Those of the identity that the pods should be.</summary>
    public IReadOnlyList<SimulatedFederatedCredential> FederatedCredentials { get; set; } = [];

    /// <param name="entra">Where it is set.</param>
    /// <param name="before">What was set: a credential that stays is never gone in between.</param>
    public void ApplyTo(SimulatedEntra entra, EntraState before)
    {
        var identity = Identities.Named(Identities.Expected);
        entra.AddIdentity(identity);
        foreach (var credential in FederatedCredentials.Except(before.FederatedCredentials))
        {
            entra.AddFederatedCredential(identity, credential);
        }

        foreach (var credential in before.FederatedCredentials.Except(FederatedCredentials))
        {
            entra.RemoveFederatedCredential(identity, credential);
        }

        entra.Noise = Noise;
        entra.Fault = Fault;
    }
}
