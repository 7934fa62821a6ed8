namespace PodIdentity.HealthChecks.Tests.Support;

internal static class HealthReportEntryAssertions
{
    public static PodIdentityFailureReason? Reason(this HealthReportEntry entry) =>
        entry.Data.TryGetValue(PodIdentityDataKeys.Reason, out var reason) ? Enum.Parse<PodIdentityFailureReason>((string)reason) : null;

    public static void ShouldBeHealthy(this HealthReportEntry entry) =>
        Assert.True(entry.Status is HealthStatus.Healthy, $"{entry.Status}: {entry.Description}");

    public static void ShouldFailFor(this HealthReportEntry entry, PodIdentityFailureReason reason)
    {
        Assert.Equal((HealthStatus.Unhealthy, reason), (entry.Status, entry.Reason()));
        Assert.False(string.IsNullOrWhiteSpace(entry.Description));
        Assert.DoesNotContain("?.", entry.Description, StringComparison.Ordinal);
        Assert.Null(entry.Exception);
    }
}
