using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>Every strategy that has an overlay.</summary>
public sealed class Strategies : TheoryData<string>
{
    public Strategies()
    {
        foreach (var strategy in Overlay.Strategies)
        {
            Add(strategy);
        }
    }
}
