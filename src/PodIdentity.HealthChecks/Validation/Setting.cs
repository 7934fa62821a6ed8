using System.Globalization;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>
/// One option as text: its key, an example, what a value must be, and how it is set, if the text can be read. Written out for each, since
/// reflection does not survive trimming.
/// </summary>
internal sealed record Setting<TOptions>(string Key, string Example, string Form, Func<TOptions, string, bool> TrySet);

/// <summary>The settings of each check: every public option, which a test holds.</summary>
internal static class Settings
{
    public static readonly IReadOnlyList<Setting<PodIdentityHealthCheckOptions>> PodIdentity =
    [
        Text<PodIdentityHealthCheckOptions>("ClientId", Examples.Guid, (o, v) => o.ClientId = v),
        Text<PodIdentityHealthCheckOptions>("ResourceId", Examples.ArmId, (o, v) => o.ResourceId = v),
        Text<PodIdentityHealthCheckOptions>("ObjectId", Examples.Guid, (o, v) => o.ObjectId = v),
        Text<PodIdentityHealthCheckOptions>("Resource", "https://vault.azure.net", (o, v) => o.Resource = v),
        Address<PodIdentityHealthCheckOptions>("TokenEndpoint", Examples.TokenEndpoint, (o, v) => o.TokenEndpoint = v),
        Text<PodIdentityHealthCheckOptions>("ExpectedClientId", Examples.Guid, (o, v) => o.ExpectedClientId = v),
        Text<PodIdentityHealthCheckOptions>("ExpectedObjectId", Examples.Guid, (o, v) => o.ExpectedObjectId = v),
        Text<PodIdentityHealthCheckOptions>("ExpectedTenantId", Examples.Guid, (o, v) => o.ExpectedTenantId = v),
        Text<PodIdentityHealthCheckOptions>("ExpectedResourceId", Examples.ArmId, (o, v) => o.ExpectedResourceId = v),
        Responder<PodIdentityHealthCheckOptions>("RequiredResponder", (o, v) => o.RequiredResponder = v),
        Address<PodIdentityHealthCheckOptions>("NmiHealthEndpoint", Examples.NmiEndpoint, (o, v) => o.NmiHealthEndpoint = v),
        Time<PodIdentityHealthCheckOptions>("MinimumTokenLifetime", "00:05:00", (o, v) => o.MinimumTokenLifetime = v),
        YesOrNo<PodIdentityHealthCheckOptions>("BypassTokenCache", (o, v) => o.BypassTokenCache = v),
        .. Timing<PodIdentityHealthCheckOptions>(),
    ];

    public static readonly IReadOnlyList<Setting<NmiHealthCheckOptions>> Nmi =
    [
        Text<NmiHealthCheckOptions>("HostIp", "10.240.0.4", (o, v) => o.HostIp = v),
        Parsed<NmiHealthCheckOptions, int>("Port", "8085", "a whole number", (o, v) => o.Port = v),
        Text<NmiHealthCheckOptions>("Path", "/healthz", (o, v) => o.Path = v),
        Address<NmiHealthCheckOptions>("Endpoint", Examples.NmiEndpoint, (o, v) => o.Endpoint = v),
        YesOrNo<NmiHealthCheckOptions>("RequireActive", (o, v) => o.RequireActive = v),
        YesOrNo<NmiHealthCheckOptions>("VerifyInterception", (o, v) => o.VerifyInterception = v),
        Address<NmiHealthCheckOptions>("MetadataAddress", "http://169.254.169.254/", (o, v) => o.MetadataAddress = v),
        .. Timing<NmiHealthCheckOptions>(),
    ];

    private static IEnumerable<Setting<T>> Timing<T>()
        where T : HealthCheckTimingOptions =>
    [
        Time<T>("AttemptTimeout", "00:00:03", (o, v) => o.AttemptTimeout = v),
        Time<T>("ResultLifetime", "00:00:10", (o, v) => o.ResultLifetime = v),
        Time<T>("FailureLifetime", "00:00:02", (o, v) => o.FailureLifetime = v),
        Time<T>("FailureGracePeriod", "00:01:00", (o, v) => o.FailureGracePeriod = v),
    ];

    private static Setting<T> Text<T>(string key, string example, Action<T, string> set) =>
        Read<T, string>(key, example, "text", text => (true, text), set);

    private static Setting<T> Address<T>(string key, string example, Action<T, Uri> set) =>
        Read(key, example, "an absolute http or https address", text => (Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out var value), value!), set);

    /// <remarks>With fewer colons, .NET reads days, or hours and minutes; with 24 hours or more, days. None of these is meant so.</remarks>
    private static Setting<T> Time<T>(string key, string example, Action<T, TimeSpan> set) => Read(
        key,
        example,
        "a time in the form hh:mm:ss (24 hours is 1.00:00:00)",
        text => (TimeSpan.TryParseExact(text.Trim(), "c", CultureInfo.InvariantCulture, out var value) && text.Count(c => c is ':') is 2, value),
        set);

    private static Setting<T> YesOrNo<T>(string key, Action<T, bool> set) => Parsed(key, "true", "true or false", set);

    private static Setting<T> Parsed<T, TValue>(string key, string example, string form, Action<T, TValue> set)
        where TValue : IParsable<TValue> =>
        Read(key, example, form, text => (TValue.TryParse(text, CultureInfo.InvariantCulture, out var value), value!), set);

    private static Setting<T> Responder<T>(string key, Action<T, PodIdentityResponder> set)
    {
        var names = Enum.GetNames<PodIdentityResponder>();
        var valid = names.Where(n => n is not nameof(PodIdentityResponder.Unknown));
        return Read(
            key,
            nameof(PodIdentityResponder.Nmi),
            $"one of {string.Join(", ", valid)}",
            text => (names.Contains(text, StringComparer.OrdinalIgnoreCase), Enum.TryParse<PodIdentityResponder>(text, ignoreCase: true, out var value) ? value : default),
            set);
    }

    private static Setting<T> Read<T, TValue>(
        string key, string example, string form, Func<string, (bool IsValid, TValue Value)> read, Action<T, TValue> set) =>
        new(key, example, form, (options, text) =>
        {
            var (isValid, value) = read(text);
            if (isValid)
            {
                set(options, value);
            }

            return isValid;
        });
}

/// <summary>Values that work, for messages about values that do not.</summary>
internal static class Examples
{
    public const string Guid = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    public const string ArmId =
        "/subscriptions/6f9619ff-8b86-d011-b42d-00c04fc964ff/resourceGroups/my-group/providers/Microsoft.ManagedIdentity/userAssignedIdentities/my-identity";

    public const string TokenEndpoint = "http://169.254.169.254" + MetadataService.TokenPath;

    public const string NmiEndpoint = "http://10.240.0.4:8085/healthz";
}
