using Azure.Core;
using Azure.Identity;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Which identity is asked for, and which must therefore come back.</summary>
internal static class IdentitySelection
{
    public static ManagedIdentityId IdOf(PodIdentityHealthCheckOptions options) => options switch
    {
        { ClientId: { } client } => ManagedIdentityId.FromUserAssignedClientId(client),
        { ResourceId: { } resource } => ManagedIdentityId.FromUserAssignedResourceId(new ResourceIdentifier(resource)),
        { ObjectId: { } principal } => ManagedIdentityId.FromUserAssignedObjectId(principal),
        _ => ManagedIdentityId.SystemAssigned,
    };

    public static string? Describe(PodIdentityHealthCheckOptions options) => options switch
    {
        { ClientId: { } client } => $"client ID {client}",
        { ResourceId: { } resource } => $"resource ID {resource}",
        { ObjectId: { } principal } => $"object ID {principal}",
        _ => null,
    };

    /// <summary>The parameter that names the identity in a request to the metadata service.</summary>
    public static (string Name, string Value)? ParameterOf(PodIdentityHealthCheckOptions options) => options switch
    {
        { ClientId: { } client } => ("client_id", client),
        { ResourceId: { } resource } => ("msi_res_id", resource),
        { ObjectId: { } principal } => ("object_id", principal),
        _ => null,
    };

    public static Expectation ExpectationOf(PodIdentityHealthCheckOptions options) => new()
    {
        ClientId = options.ExpectedClientId ?? options.ClientId,
        ObjectId = options.ExpectedObjectId ?? options.ObjectId,
        TenantId = options.ExpectedTenantId,
        ResourceId = options.ExpectedResourceId ?? options.ResourceId,
        Responder = options.RequiredResponder,
    };
}
