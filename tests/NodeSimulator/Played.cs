using System.Net;
using PodIdentity.HealthChecks.Testing;

namespace NodeSimulator;

/// <summary>What this process plays, and where.</summary>
internal static class Played
{
    private const int EntraPort = 443;

    /// <returns>Where its state is set, and how its simulator starts; or what is wrong with the settings.</returns>
    public static (IPAddress Control, Action<PodIdentitySimulatorOptions> Configure, string? Error) Read(IConfiguration settings) => (settings["Plays"] ?? "Node") switch
    {
        "Node" when IPAddress.TryParse(settings["HOST_IP"], out var node) => (node, options => ConfigureNode(options, node), null),
        "Node" => (IPAddress.None, static _ => { }, $"HOST_IP is '{settings["HOST_IP"]}': it must be the node's address, in a pod by fieldRef status.hostIP. Example: HOST_IP=10.240.0.4"),
        "Entra" => (IPAddress.Any, ConfigureEntra, null),
        var other => (IPAddress.None, static _ => { }, $"Plays is '{other}': it must be Node or Entra. Example: Plays=Entra"),
    };

    /// <summary>NMI, and the IMDS behind it, on a node's own addresses. Interception is the kernel's: the rules are set from outside.</summary>
    private static void ConfigureNode(PodIdentitySimulatorOptions options, IPAddress node)
    {
        options.ListenAddress = node;
        options.NmiProbePort = 8085;
        options.NmiEndPoint = new IPEndPoint(node, 2579);
        options.ImdsEndPoint = new IPEndPoint(IPAddress.Parse("169.254.169.254"), 80);
    }

    /// <summary>Microsoft Entra ID under its own name, which the pods' hosts files lead here.</summary>
    private static void ConfigureEntra(PodIdentitySimulatorOptions options)
    {
        options.ListenAddress = IPAddress.Any;
        options.EntraPort = EntraPort;
        options.EntraHost = "login.microsoftonline.com";
    }
}
