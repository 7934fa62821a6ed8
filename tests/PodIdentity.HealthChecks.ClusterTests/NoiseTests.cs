using PodIdentity.HealthChecks.ClusterTests.Cluster;
using PodIdentity.HealthChecks.ClusterTests.Matrix;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>Entra refuses some exchanges of a setup that is right. This runs beside the matrix, with an Entra of its own.</summary>
public sealed class NoiseTests
{
    /// <summary>What users counted.</summary>
    private const double Noise = 0.02;
    private const string Namespace = "podidentity-noise";

    private static readonly string[] Lives = ["noise-in-code", "noise-sidecar"];
    private static readonly TimeSpan Start = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_refusals_in_a_hundred_take_no_pod_out_of_its_Service()
    {
        Assert.SkipUnless(ClusterSettings.AreAskedFor, ClusterSettings.HowToGetOne);
        var kubectl = new Kubectl(ClusterSettings.FromEnvironment());
        var namespaces = Lives.Select(life => $"podidentity-{life}").ToArray();
        var own = new OwnNamespaces(kubectl, [Namespace, .. namespaces]);
        await own.CreateAsync(Cancellation);
        try
        {
            var entra = new PlayedEntra(kubectl, new PodLogs(kubectl), Namespace, namespaces);
            await entra.StartAsync(Cancellation);
            await entra.SetAsync(new() { Entra = new() { Noise = Noise, FederatedCredentials = [.. namespaces.Select(PlayedEntra.CredentialOf)] } }, Cancellation);
            await using var watch = new PodWatch(kubectl, TimeProvider.System);
            foreach (var (life, into) in Lives.Zip(namespaces))
            {
                await entra.DeployAsync(Path.Combine(Strategy.Manifests, "Lives", life), into, Cancellation);
            }

            Assert.True(await watch.WhenAsync(() => namespaces.All(n => watch.Latest(n) is { IsReady: true }), Start, Cancellation), "Not all pods start.");
            watch.Clear();
            await watch.WhenAsync(static () => false, Window, Cancellation);

            Assert.All(namespaces, n => Assert.DoesNotContain(watch.Of(n), pod => !pod.IsReady || pod.IsGone));
            var exchanges = await entra.CountExchangesAsync(Cancellation);
            var refused = CountRefused(exchanges);
            await Observed.WriteAsync("noise.txt", [$"{refused} of {exchanges} exchanges were refused."], Cancellation);
            Assert.True(refused > 0, $"None of {exchanges} exchanges was refused.");
        }
        finally
        {
            await own.DeleteAsync(CancellationToken.None);
        }
    }

    /// <summary>The simulator's sequence follows from its seed.</summary>
    private static int CountRefused(int exchanges)
    {
#pragma warning disable CA5394 // It is the simulator's.
        var sequence = new Random(Seed: 0);
        return Enumerable.Range(0, exchanges).Count(_ => sequence.NextDouble() < Noise);
#pragma warning restore CA5394
    }
}
