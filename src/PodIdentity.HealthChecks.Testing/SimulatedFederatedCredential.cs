namespace PodIdentity.HealthChecks.Testing;

/// <summary>A federated credential, which says whose tokens Microsoft Entra ID exchanges for those of an identity. It is compared exactly, including upper and lower case.</summary>
/// <param name="Issuer">Who signs the token: the cluster's OIDC issuer URL.</param>
/// <param name="Subject">Whose token it is, for example <c>system:serviceaccount:default:app</c>.</param>
/// <param name="Audience">Whom it is for.</param>
public sealed record SimulatedFederatedCredential(string Issuer, string Subject, string Audience = "api://AzureADTokenExchange");
