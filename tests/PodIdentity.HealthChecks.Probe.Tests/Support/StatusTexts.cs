using System.Globalization;

namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>Status files as they stand in a volume: the format is a contract between the containers of a pod.</summary>
internal static class StatusTexts
{
    public static string Healthy(DateTimeOffset at) => Text(at, "never", "nmi Healthy - NMI is active.\ntoken Healthy - NMI issued a token.");

    public static string Degraded(DateTimeOffset at) => Text(at, "never", "token Degraded Throttled The node's IMDS answered 429.");

    public static string Failing(DateTimeOffset at, DateTimeOffset since) =>
        Text(at, Time(since), "nmi Unhealthy NmiUnreachable NMI refused the connection.\tSee its pods.");

    public static string Text(DateTimeOffset at, string failingSince, string answers) =>
        $"podidentity-probe watch 1\nat {Time(at)}\ngood for 00:00:18\nfailing since {failingSince}\n{answers}\nend\n";

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
