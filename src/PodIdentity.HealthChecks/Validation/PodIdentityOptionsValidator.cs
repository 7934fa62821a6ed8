using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>Finds every mistake in the options of one registration at once.</summary>
internal sealed class PodIdentityOptionsValidator(string registration) : IValidateOptions<PodIdentityHealthCheckOptions>
{
    private const string GuidExample = "\"6f9619ff-8b86-d011-b42d-00c04fc964ff\"";

    private const string ArmExample =
        "\"/subscriptions/6f9619ff-8b86-d011-b42d-00c04fc964ff/resourceGroups/my-group/providers/Microsoft.ManagedIdentity/userAssignedIdentities/my-identity\"";

    private const string EndpointExample = "\"http://169.254.169.254" + MetadataService.TokenPath + "\"";

    public ValidateOptionsResult Validate(string? name, PodIdentityHealthCheckOptions options)
    {
        if (!string.Equals(name, registration, StringComparison.Ordinal))
        {
            return ValidateOptionsResult.Skip;
        }

        var complaints = Complaints.AboutCheck(registration);
        CheckIdentity(options, complaints);
        complaints.CheckLifetime(nameof(options.MinimumTokenLifetime), options.MinimumTokenLifetime);
        complaints.CheckTimes(options);
        return complaints.ToResult();
    }

    /// <summary>Everything but the times.</summary>
    public static void CheckIdentity(PodIdentityHealthCheckOptions options, Complaints complaints)
    {
        CheckSelector(options, complaints);
        CheckResource(options, complaints);
        CheckTokenEndpoint(options, complaints);
        CheckIds(options, complaints);
        if (options.RequiredResponder is { } responder && (responder is PodIdentityResponder.Unknown || !Enum.IsDefined(responder)))
        {
            complaints.Add(nameof(options.RequiredResponder), responder, "it must name a responder, or be left out", "\"Nmi\"");
        }

        complaints.CheckHttp(nameof(options.NmiHealthEndpoint), options.NmiHealthEndpoint, "\"http://10.240.0.4:8085/healthz\"");
    }

    private static void CheckSelector(PodIdentityHealthCheckOptions options, Complaints complaints)
    {
        (string Option, string? Value)[] selectors =
        [
            (nameof(options.ClientId), options.ClientId), (nameof(options.ResourceId), options.ResourceId), (nameof(options.ObjectId), options.ObjectId),
        ];
        var set = selectors.Where(s => s.Value is not null).ToArray();
        if (set.Length > 1)
        {
            complaints.Add(
                string.Join(" and ", set.Select(s => s.Option)),
                string.Join("' and '", set.Select(s => s.Value)),
                "an identity is named in one way only; for the others use the Expected… options",
                $"only {set[0].Option} = \"{set[0].Value}\"");
        }
    }

    private static void CheckResource(PodIdentityHealthCheckOptions options, Complaints complaints)
    {
        const string Example = "\"https://management.azure.com/\"";
        if (string.IsNullOrWhiteSpace(options.Resource))
        {
            complaints.Add(nameof(options.Resource), options.Resource, "a token is always for some resource", Example);
        }
        else if (options.Resource.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
        {
            complaints.Add(nameof(options.Resource), options.Resource, "it is sent as written and must not hold white space", Example);
        }
        else if (!Uri.TryCreate(options.Resource, UriKind.Absolute, out var resource) || resource.IsFile)
        {
            complaints.Add(nameof(options.Resource), options.Resource, "it must be an absolute URI", Example);
        }
        else if (options.Resource.EndsWith("/.default", StringComparison.OrdinalIgnoreCase))
        {
            complaints.Add(nameof(options.Resource), options.Resource, "it is a resource and not a scope, so that it does not end with /.default", Example);
        }
    }

    private static void CheckTokenEndpoint(PodIdentityHealthCheckOptions options, Complaints complaints)
    {
        complaints.CheckHttp(nameof(options.TokenEndpoint), options.TokenEndpoint, EndpointExample);
        if (options.TokenEndpoint is not { IsAbsoluteUri: true, Scheme: "http" or "https" } endpoint)
        {
            return;
        }

        if (endpoint.AbsolutePath is "/")
        {
            complaints.Add(nameof(options.TokenEndpoint), endpoint, "it must be the whole endpoint, with its path", EndpointExample);
        }

        string[] reserved = ["resource", "client_id", "object_id", "mi_res_id", "msi_res_id"];
        var taken = reserved.FirstOrDefault(r => MetadataService.ParameterNames(endpoint).Contains(r, StringComparer.OrdinalIgnoreCase));
        if (taken is not null)
        {
            complaints.Add(
                nameof(options.TokenEndpoint), endpoint, $"its query must not hold '{taken}': use the options Resource, ClientId, ResourceId or ObjectId", EndpointExample);
        }
    }

    private static void CheckIds(PodIdentityHealthCheckOptions options, Complaints complaints)
    {
        CheckGuid(nameof(options.ClientId), options.ClientId, complaints);
        CheckGuid(nameof(options.ObjectId), options.ObjectId, complaints);
        CheckGuid(nameof(options.ExpectedClientId), options.ExpectedClientId, complaints);
        CheckGuid(nameof(options.ExpectedObjectId), options.ExpectedObjectId, complaints);
        CheckGuid(nameof(options.ExpectedTenantId), options.ExpectedTenantId, complaints);
        CheckArmId(nameof(options.ResourceId), options.ResourceId, complaints);
        CheckArmId(nameof(options.ExpectedResourceId), options.ExpectedResourceId, complaints);
    }

    private static void CheckGuid(string option, string? value, Complaints complaints)
    {
        if (value is not null && !Guid.TryParse(value, out _))
        {
            complaints.Add(option, value, "it must be a GUID", GuidExample);
        }
    }

    private static void CheckArmId(string option, string? value, Complaints complaints)
    {
        if (value is not null && !value.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase))
        {
            complaints.Add(option, value, "it must be an ARM resource id", ArmExample);
        }
    }
}
