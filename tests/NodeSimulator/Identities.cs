using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using PodIdentity.HealthChecks.Testing;

namespace NodeSimulator;

/// <summary>The node's identities, by name: the same ones at every start, so that a manifest can name them.</summary>
internal static class Identities
{
    /// <summary>The one that the pods should be.</summary>
    public const string Expected = "app";

    private static readonly ConcurrentDictionary<string, SimulatedIdentity> Known = new(StringComparer.Ordinal);

    public static SimulatedIdentity Named(string name) => Known.GetOrAdd(name, static n => new SimulatedIdentity(n)
    {
        ClientId = n is Expected ? ExpectedClientId : Id("client", n),
        ObjectId = Id("object", n),
    });

    /// <summary>The placeholder of the manifests.</summary>
    private const string ExpectedClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    private static string Id(string kind, string name) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}/{name}")).AsSpan(0, 16)).ToString();
}
