namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>NMI's own iptables rules on the node: pods' new connections to the metadata address go to NMI.</summary>
internal sealed class Interception(ClusterSettings settings)
{
    private const string Chain = "aad-metadata";

    /// <summary>Sets the rules. Those that are in place are left alone: a moment without them would be another fault.</summary>
    public async Task SetAsync(string nodeIp, bool intercepted, CancellationToken cancellationToken)
    {
        var rules = await IptablesAsync(cancellationToken, "-S");
        if (!intercepted)
        {
            await RemoveAsync(rules, cancellationToken);
        }
        else if (!IsActive(rules))
        {
            await RemoveAsync(rules, cancellationToken);
            await AddAsync(nodeIp, cancellationToken);
        }
    }

    private static bool IsActive(string rules) => rules.Contains($"-A PREROUTING -j {Chain}", StringComparison.Ordinal);

    private async Task AddAsync(string nodeIp, CancellationToken cancellationToken)
    {
        await IptablesAsync(cancellationToken, "-N", Chain);
        await IptablesAsync(
            cancellationToken,
            ["-A", Chain, "!", "-s", "127.0.0.1/32", "-d", "169.254.169.254/32", "-p", "tcp", "--dport", "80", "-j", "DNAT", "--to-destination", $"{nodeIp}:2579"]);
        await IptablesAsync(cancellationToken, "-A", Chain, "-j", "RETURN");
        await IptablesAsync(cancellationToken, "-I", "PREROUTING", "1", "-j", Chain);
    }

    private async Task RemoveAsync(string rules, CancellationToken cancellationToken)
    {
        if (IsActive(rules))
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
