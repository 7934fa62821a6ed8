namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>Something that can be set, by a flag or else by an environment variable.</summary>
/// <param name="Option">The name of the library's option, which messages and hints use; it is also the flag's, in kebab case.</param>
/// <param name="Flag">The flag.</param>
/// <param name="Variable">The environment variable.</param>
internal sealed record Setting(string Option, string Flag, string Variable)
{
    public static Setting TokenEndpoint { get; } = new("TokenEndpoint", "--token-endpoint", "POD_IDENTITY_URL");

    public static Setting Resource { get; } = new("Resource", "--resource", "POD_IDENTITY_ACCESS_URL");

    public static Setting ClientId { get; } = new("ClientId", "--client-id", "POD_IDENTITY_CLIENT_ID");

    public static Setting ResourceId { get; } = new("ResourceId", "--resource-id", "POD_IDENTITY_RESOURCE_ID");

    public static Setting ObjectId { get; } = new("ObjectId", "--object-id", "POD_IDENTITY_OBJECT_ID");

    public static Setting ExpectedClientId { get; } = new("ExpectedClientId", "--expected-client-id", "POD_IDENTITY_EXPECTED_CLIENT_ID");

    public static Setting ExpectedObjectId { get; } = new("ExpectedObjectId", "--expected-object-id", "POD_IDENTITY_EXPECTED_OBJECT_ID");

    public static Setting ExpectedTenantId { get; } = new("ExpectedTenantId", "--expected-tenant-id", "POD_IDENTITY_EXPECTED_TENANT_ID");

    public static Setting ExpectedResourceId { get; } =
        new("ExpectedResourceId", "--expected-resource-id", "POD_IDENTITY_EXPECTED_RESOURCE_ID");

    public static Setting RequiredResponder { get; } = new("RequiredResponder", "--required-responder", "POD_IDENTITY_REQUIRED_RESPONDER");

    public static Setting MinimumTokenLifetime { get; } =
        new("MinimumTokenLifetime", "--minimum-token-lifetime", "POD_IDENTITY_MINIMUM_TOKEN_LIFETIME");

    public static Setting AttemptTimeout { get; } = new("AttemptTimeout", "--attempt-timeout", "POD_IDENTITY_ATTEMPT_TIMEOUT");

    public static Setting HostIp { get; } = new("HostIp", "--host-ip", "HOST_IP");

    // Kubernetes sets variables such as NMI_PORT for a service of that name: these two are named so that none of them is meant.
    public static Setting Port { get; } = new("Port", "--nmi-probe-port", "POD_IDENTITY_NMI_PROBE_PORT");

    public static Setting Path { get; } = new("Path", "--nmi-probe-path", "POD_IDENTITY_NMI_PROBE_PATH");

    public static Setting NmiHealthEndpoint { get; } = new("NmiHealthEndpoint", "--nmi-health-endpoint", "POD_IDENTITY_NMI_HEALTH_ENDPOINT");

    public static Setting RequireActive { get; } = new("RequireActive", "--require-active", "POD_IDENTITY_REQUIRE_ACTIVE");

    public static Setting VerifyInterception { get; } = new("VerifyInterception", "--verify-interception", "POD_IDENTITY_VERIFY_INTERCEPTION");

    public static Setting RetryMin { get; } = new("RetryMin", "--retry-min", "HTTP_RETRY_MIN_SECONDS");

    public static Setting RetryMax { get; } = new("RetryMax", "--retry-max", "HTTP_RETRY_MAX_SECONDS");

    public static Setting RetryCount { get; } = new("RetryCount", "--retry-count", "HTTP_RETRY_COUNT");

    public static Setting Interval { get; } = new("Interval", "--interval", "POD_IDENTITY_INTERVAL");

    public static Setting ResultLifetime { get; } = new("ResultLifetime", "--result-lifetime", "POD_IDENTITY_RESULT_LIFETIME");

    public static Setting StatusFile { get; } = new("StatusFile", "--status-file", "POD_IDENTITY_STATUS_FILE");

    public static Setting FailingFor { get; } = new("FailingFor", "--failing-for", "POD_IDENTITY_FAILING_FOR");

    public static Setting Output { get; } = new("Output", "--output", "POD_IDENTITY_OUTPUT");

    /// <summary>The way out that needs no new image and no new arguments: a variable only.</summary>
    public static Setting Disabled { get; } = new("Disabled", "", "POD_IDENTITY_DISABLED");

    public static IReadOnlyList<Setting> WithFlag { get; } =
    [
        TokenEndpoint, Resource, ClientId, ResourceId, ObjectId, ExpectedClientId, ExpectedObjectId, ExpectedTenantId, ExpectedResourceId,
        RequiredResponder, MinimumTokenLifetime, AttemptTimeout, HostIp, Port, Path, NmiHealthEndpoint, RequireActive, VerifyInterception,
        RetryMin, RetryMax, RetryCount, Interval, ResultLifetime, StatusFile, FailingFor, Output,
    ];

    public static IReadOnlyList<Setting> All { get; } = [.. WithFlag, Disabled];
}
