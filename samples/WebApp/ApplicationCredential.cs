using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using PodIdentity.HealthChecks;

namespace WebApp;

/// <summary>The application's own credential, for the same identity that the health check asks for.</summary>
internal static class ApplicationCredential
{
    public static TokenCredential Create(IServiceProvider services)
    {
        var options = new ManagedIdentityCredentialOptions(IdOf(OptionsOf(services)))
        {
            // The default tries six times over 25 s, and ignores Retry.MaxRetries: nobody waits for the answer of a web request so long.
            RetryPolicy = new RetryPolicy(maxRetries: 1),
        };
        if (services.GetService<Laptop>() is { } laptop)
        {
            options.Transport = laptop.CreateTransport();
        }

        return new ManagedIdentityCredential(options);
    }

    /// <summary>What the health check is told is what the application needs, also where another than this application checks it.</summary>
    public static PodIdentityHealthCheckOptions OptionsOf(IServiceProvider services) =>
        services.GetRequiredService<IConfiguration>().GetSection("PodIdentity").Get<PodIdentityHealthCheckOptions>() ?? new();

    private static ManagedIdentityId IdOf(PodIdentityHealthCheckOptions options) => options switch
    {
        { ClientId: { } client } => ManagedIdentityId.FromUserAssignedClientId(client),
        { ResourceId: { } resource } => ManagedIdentityId.FromUserAssignedResourceId(new ResourceIdentifier(resource)),
        { ObjectId: { } principal } => ManagedIdentityId.FromUserAssignedObjectId(principal),
        _ => ManagedIdentityId.SystemAssigned,
    };
}
