using System.Runtime.CompilerServices;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>The rules for the identity check's options, apart from the times that all checks have.</summary>
internal static class PodIdentityOptionsValidator
{
    private const string GuidExample = $"\"{Examples.Guid}\"";
    private const string ArmExample = $"\"{Examples.ArmId}\"";
    private const string EndpointExample = $"\"{Examples.TokenEndpoint}\"";

    public static void Check(PodIdentityHealthCheckOptions options, bool hasCredentialFactory, ValidationErrors errors)
    {
        CheckIdentity(options, errors);
        errors.RequireRange(options.MinimumTokenLifetime, TimeSpan.Zero, TimeSpan.FromDays(1), "00:05:00");
        errors.Require(
            options.BypassTokenCache is not false || options.RequiredResponder is null,
            options.BypassTokenCache,
            "it cannot be combined with RequiredResponder, since a cached token has no responder",
            ".AddPodIdentity(o => o.BypassTokenCache = true)");
        if (hasCredentialFactory)
        {
            const string Problem = "it cannot be combined with a credential factory, whose credential sends its own requests";
            errors.Require(options.TokenEndpoint is null, options.TokenEndpoint, Problem, $".AddPodIdentity(o => o.TokenEndpoint = new Uri({EndpointExample}))");
            errors.Require(
                options.RequiredResponder is null, options.RequiredResponder, Problem, ".AddPodIdentity(o => o.RequiredResponder = PodIdentityResponder.Nmi)");
        }
    }

    /// <summary>Everything but the times.</summary>
    public static void CheckIdentity(PodIdentityHealthCheckOptions options, ValidationErrors errors)
    {
        CheckSelectors(options, errors);
        CheckIds(options, errors);
        CheckResource(options, errors);
        CheckTokenEndpoint(options, errors);
        var isResponder = options.RequiredResponder is not { } responder || (responder is not PodIdentityResponder.Unknown && Enum.IsDefined(responder));
        var isOfEntra = options.RequiredResponder is PodIdentityResponder.Entra or PodIdentityResponder.IdentityBindingProxy;
        var problem = "workload identity knows an identity by its client ID only; to verify this ID, use ";
        errors.Require(options.ResourceId is null || !isOfEntra, options.ResourceId, problem + errors.NameOf(nameof(options.ExpectedResourceId)), ArmExample);
        errors.Require(options.ObjectId is null || !isOfEntra, options.ObjectId, problem + errors.NameOf(nameof(options.ExpectedObjectId)), GuidExample);
        errors.Require(isResponder, options.RequiredResponder, "it must name a responder, or be left out", "\"Nmi\"");
        errors.RequireHttp(options.NmiHealthEndpoint, $"\"{Examples.NmiEndpoint}\"");
    }

    private static void CheckSelectors(PodIdentityHealthCheckOptions options, ValidationErrors errors)
    {
        var first = options.ClientId is null ? nameof(options.ResourceId) : nameof(options.ClientId);
        var problem = $"{errors.NameOf(first)} already names the identity; to verify this ID as well, use ";
        errors.Require(
            options.ResourceId is null || first is nameof(options.ResourceId),
            options.ResourceId, problem + errors.NameOf(nameof(options.ExpectedResourceId)), ArmExample);
        errors.Require(
            options.ObjectId is null || (options.ClientId ?? options.ResourceId) is null,
            options.ObjectId, problem + errors.NameOf(nameof(options.ExpectedObjectId)), GuidExample);
    }

    private static void CheckIds(PodIdentityHealthCheckOptions options, ValidationErrors errors)
    {
        RequireGuid(options.ClientId);
        RequireGuid(options.ObjectId);
        RequireGuid(options.ExpectedClientId);
        RequireGuid(options.ExpectedObjectId);
        RequireGuid(options.ExpectedTenantId);
        RequireArmId(options.ResourceId);
        RequireArmId(options.ExpectedResourceId);
        RequireSame(options.ClientId, options.ExpectedClientId);
        RequireSame(options.ObjectId, options.ExpectedObjectId);
        RequireSame(options.ResourceId, options.ExpectedResourceId);

        // Compared with the text that it means, since .NET's parser takes more than that: braces, spaces, 0x and a plus among the digits.
        void RequireGuid(string? value, [CallerArgumentExpression(nameof(value))] string option = "") => errors.Require(
            value is null || (Guid.TryParse(value, out var id) && id != Guid.Empty && string.Equals($"{id:D}", value, StringComparison.OrdinalIgnoreCase)),
            value,
            "it must be a GUID of 36 characters, with dashes and without braces or spaces, and not all zeros",
            GuidExample,
            option);

        void RequireArmId(string? value, [CallerArgumentExpression(nameof(value))] string option = "") => errors.Require(
            value?.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase) is not false, value, "it must be an ARM resource ID", ArmExample, option);

        void RequireSame(string? asked, string? expected, [CallerArgumentExpression(nameof(expected))] string option = "") => errors.Require(
            asked is null || expected is null || string.Equals(asked, expected, StringComparison.OrdinalIgnoreCase),
            expected,
            $"the check requests a token for '{asked}', which can never be for this identity: name the same one, or leave this option out",
            $"\"{asked}\"",
            option);
    }

    private static void CheckResource(PodIdentityHealthCheckOptions options, ValidationErrors errors)
    {
        var problem = options.Resource switch
        {
            var r when string.IsNullOrWhiteSpace(r) => "a token is always for a resource",
            var r when r.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) => "it is sent as written and must not contain white space",
            var r when !Uri.TryCreate(r, UriKind.Absolute, out var resource) || resource.IsFile => "it must be an absolute URI",
            var r when r.EndsWith("/.default", StringComparison.OrdinalIgnoreCase) => "it must be a resource, not a scope: leave out /.default",
            _ => null,
        };
        if (problem is not null)
        {
            errors.Add(nameof(options.Resource), options.Resource, problem, "\"https://management.azure.com/\"");
        }
    }

    private static void CheckTokenEndpoint(PodIdentityHealthCheckOptions options, ValidationErrors errors)
    {
        if (!errors.RequireHttp(options.TokenEndpoint, EndpointExample) || options.TokenEndpoint is not { } endpoint)
        {
            return;
        }

        string[] reserved = ["resource", "client_id", "object_id", "mi_res_id", "msi_res_id"];
        var taken = reserved.Intersect(MetadataService.ParameterNames(endpoint), StringComparer.OrdinalIgnoreCase).FirstOrDefault();
        errors.Require(
            taken is null,
            options.TokenEndpoint,
            $"its query must not contain '{taken}': use {errors.NameOf(nameof(options.Resource))}, {errors.NameOf(nameof(options.ClientId))}, {errors.NameOf(nameof(options.ResourceId))} or {errors.NameOf(nameof(options.ObjectId))}",
            EndpointExample);
        errors.Require(endpoint.AbsolutePath is not "/", options.TokenEndpoint, "it must be the whole endpoint, including its path", EndpointExample);
    }
}
