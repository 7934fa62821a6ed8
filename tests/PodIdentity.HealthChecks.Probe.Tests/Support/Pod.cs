namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>A simulated node, and the variables that point a probe to it.</summary>
internal static class Pod
{
    /// <summary>NMI's 80 s take 80 ms; on a clock of the test's own they pass when the test says so.</summary>
    public static Task<PodIdentitySimulator> StartAsync(TimeProvider? time = null, double timeScale = 0.001) => PodIdentitySimulator.StartAsync(
        options => (options.TimeProvider, options.TimeScale) = time is null ? (TimeProvider.System, timeScale) : (time, 1),
        TestContext.Current.CancellationToken);

    public static SimulatedIdentity Identity(this PodIdentitySimulator node) => Assert.Single(node.Pod.Bound);

    /// <summary>Where everything is, retries that a test does not wait for, and a timeout that even a slow machine does not reach.</summary>
    public static (string, string)[] Environment(this PodIdentitySimulator node, params (string, string)[] more) =>
    [
        ("POD_IDENTITY_URL", $"{node.TokenEndpoint}"),
        ("POD_IDENTITY_NMI_HEALTH_ENDPOINT", $"{node.NmiHealthEndpoint}"),
        ("HTTP_RETRY_MIN_SECONDS", "1ms"),
        ("POD_IDENTITY_ATTEMPT_TIMEOUT", "5m"),
        .. more,
    ];

    public static IReadOnlyList<SimulatedRequest> TokenRequests(this PodIdentitySimulator node) =>
        [.. node.Requests.Where(IsTokenRequest)];

    public static bool IsTokenRequest(SimulatedRequest request) =>
        !request.Forwarded && request.Path.Contains("oauth2/token", StringComparison.Ordinal);
}
