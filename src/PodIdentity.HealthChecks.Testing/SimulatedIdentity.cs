namespace PodIdentity.HealthChecks.Testing;

/// <summary>A managed identity, and the <c>AzureIdentity</c> resource that names it.</summary>
/// <param name="name">The identity's name.</param>
public sealed class SimulatedIdentity(string name)
{
    /// <summary>Gets the identity's name.</summary>
    public string Name { get; init; } = name ?? throw new ArgumentNullException(nameof(name));

    /// <summary>Gets the client (application) ID; a token's <c>appid</c>.</summary>
    /// <value>The default is a new GUID.</value>
    public string ClientId { get; init; } = Guid.NewGuid().ToString();

    /// <summary>Gets the object (principal) ID; a token's <c>oid</c>.</summary>
    /// <value>The default is a new GUID.</value>
    public string ObjectId { get; init; } = Guid.NewGuid().ToString();

    /// <summary>Gets the tenant ID; a token's <c>tid</c>.</summary>
    /// <value>The default is the same for every identity.</value>
    public string TenantId { get; init; } = "7e4a9d1c-5b0f-4c3e-8a26-1f9d3c5b7e02";

    /// <summary>Gets the ARM resource ID; a token's <c>xms_mirid</c>.</summary>
    /// <value>The default is made from the name.</value>
    public string ResourceId { get; init; } =
        $"/subscriptions/3c1b5a7e-9d2f-4e6a-b8c0-2d4f6a8c0e13/resourcegroups/nodes/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}";

    /// <summary>Gets the namespace of the <c>AzureIdentity</c>. NMI ignores an <c>AzureIdentity</c> that is not in the pod's namespace.</summary>
    /// <value>The default is <c>default</c>.</value>
    public string Namespace { get; init; } = "default";
}
