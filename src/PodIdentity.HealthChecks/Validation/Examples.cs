using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>Values that work, for messages about values that do not.</summary>
internal static class Examples
{
    public const string Guid = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    public const string ArmId =
        "/subscriptions/6f9619ff-8b86-d011-b42d-00c04fc964ff/resourceGroups/my-group/providers/Microsoft.ManagedIdentity/userAssignedIdentities/my-identity";

    public const string TokenEndpoint = "http://169.254.169.254" + MetadataService.TokenPath;

    public const string NmiEndpoint = "http://10.240.0.4:8085/healthz";
}
