namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>NMI's own iptables rules on the node: pods' new connections to the metadata address go to NMI.</summary>
internal sealed class Interception(ClusterSettings settings)
{
    private const string Chain = "aad-metadata";

    public async Task SetAsync(string nodeIp, bool intercepted, CancellationToken cancellationToken)
    {
        await OffAsync(cancellationToken);
        if (intercepted)
        {
            await IptablesAsync(cancellationToken, "-N", Chain);
            await IptablesAsync(
                cancellationToken,
                ["-A", Chain, "!", "-s", "127.0.0.1/32", "-d", "169.254.169.254/32", "-p", "tcp", "--dport", "80", "-j", "DNAT", "--to-destination", $"{nodeIp}:2579"]);
            await IptablesAsync(cancellationToken, "-A", Chain, "-j", "RETURN");
            await IptablesAsync(cancellationToken, "-I", "PREROUTING", "1", "-j", Chain);
        }
    }

    public async Task OffAsync(CancellationToken cancellationToken)
    {
        var rules = await IptablesAsync(cancellationToken, "-S");
        if (rules.Contains($"-A PREROUTING -j {Chain}", StringComparison.Ordinal))
        {
            await IptablesAsync(cancellationToken, "-D", "PREROUTING", "-j", Chain);
        }

        if (rules.Contains($"-N {Chain}", StringComparison.Ordinal))
        {
            await IptablesAsync(cancellationToken, "-F", Chain);
            await IptablesAsync(cancellationToken, "-X", Chain);
        }
    }

    private Task<string> IptablesAsync(CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        Shell.RunAsync([.. settings.Node, "iptables", "-w", "-t", "nat", .. arguments], cancellationToken);
}
