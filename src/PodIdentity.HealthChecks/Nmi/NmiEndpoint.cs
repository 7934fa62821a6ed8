using System.Net;

namespace PodIdentity.HealthChecks.Nmi;

/// <summary>Where NMI's health endpoint is.</summary>
internal static class NmiEndpoint
{
    /// <summary>The name of the setting or environment variable that holds the node's address.</summary>
    public const string HostIpVariable = "HOST_IP";

    public static Uri? Of(NmiHealthCheckOptions options) => options.Endpoint ?? Build(options.HostIp, options.Port, options.Path);

    /// <returns>The endpoint, or <see langword="null"/> when the parts do not make one.</returns>
    public static Uri? Build(string? host, int port, string path)
    {
        if (string.IsNullOrWhiteSpace(host) || port is < 1 or > 65535)
        {
            return null;
        }

        var name = host.Trim().Trim('[', ']');
        var kind = Uri.CheckHostName(name);
        return kind is UriHostNameType.Unknown or UriHostNameType.Basic || IsHalfAnAddress(name) || IsNoOnesAddress(name)
            ? null
            : new UriBuilder(Uri.UriSchemeHttp, name, port, path).Uri;
    }

    /// <summary>A request to 0.0.0.0 would reach the pod itself.</summary>
    private static bool IsNoOnesAddress(string name) => IPAddress.TryParse(name, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <summary>1.2.3 would be read as 1.2.0.3, and 999.1.1.1 be looked up as a name.</summary>
    private static bool IsHalfAnAddress(string name) =>
        name.All(c => char.IsAsciiDigit(c) || c is '.') && !(name.Count(c => c is '.') is 3 && IPAddress.TryParse(name, out _));
}
