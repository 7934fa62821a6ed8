using System.Globalization;
using NodeSimulator;
using PodIdentity.HealthChecks.ClusterTests.Cluster;
using PodIdentity.HealthChecks.ClusterTests.Matrix;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>Thirty pods on a node: what they ask for and need at rest. They take the node for themselves, so each test runs alone, on demand.</summary>
public sealed class RestTests
{
    private const string Variable = "CLUSTER_REST";
    private const string HowToAsk = $"Set {Variable}=1 as well, and name the one test to run with --filter: it takes the whole node for more than ten minutes.";
    private const int Pods = 30;

    private static readonly TimeSpan Start = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan[] Looks = [.. new[] { 1, 3, 6, 10 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    private readonly List<string> _figures = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task Thirty_pods_ask_Entra_six_times_a_minute() => RunAsync(
        "rest-entra",
        (kubectl, @namespace) => new PlayedEntra(kubectl, new PodLogs(kubectl), "podidentity-rest", [@namespace]),
        async (played, deploy, watch, kubectl, @namespace) =>
        {
            var entra = (PlayedEntra)played;
            await entra.SetAsync(new() { Entra = new() { FederatedCredentials = [PlayedEntra.CredentialOf(@namespace)] } }, Cancellation);
            await deploy();
            var before = await entra.CountExchangesAsync(Cancellation);
            await LookAsync(watch, kubectl, @namespace);
            var perMinute = (await entra.CountExchangesAsync(Cancellation) - before) / Looks[^1].TotalMinutes;

            Note($"{perMinute:0.0} exchanges a minute at Entra, by {Pods} pods in {Looks[^1].TotalMinutes:0} min");
            Assert.InRange(perMinute, 1, 7); // one a pod in five minutes
        });

    [Fact]
    public Task Thirty_pods_are_back_after_NMI_was_gone_and_none_is_restarted() => RunAsync(
        "rest-nmi",
        (kubectl, _) => new PlayedNode(kubectl, new PodLogs(kubectl), new Interception(ClusterSettings.FromEnvironment()), TimeProvider.System),
        async (node, deploy, watch, kubectl, @namespace) =>
        {
            await node.SetAsync(new(), Cancellation);
            await deploy();
            await LookAsync(watch, kubectl, @namespace);
            foreach (var outage in new[] { TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60) })
            {
                await node.SetAsync(new() { Nmi = NmiState.Killed }, Cancellation);
                await watch.WhenAsync(static () => false, outage, Cancellation);
                var left = Pods - CountReady(watch, @namespace);
                await node.SetAsync(new NodeState(), Cancellation);
                var repaired = TimeProvider.System.GetTimestamp();
                Assert.True(await watch.WhenAsync(() => CountReady(watch, @namespace) == Pods, Start, Cancellation), "Not all pods are Ready again.");
                Note($"NMI gone for {outage.TotalSeconds:0} s: {left} of {Pods} out, all Ready again after {TimeProvider.System.GetElapsedTime(repaired).TotalSeconds:0.0} s");
            }

            Assert.DoesNotContain(watch.Of(@namespace), pod => pod.Restarts > 0);
        });

    private static int CountReady(PodWatch watch, string @namespace) =>
        watch.Of(@namespace).GroupBy(pod => pod.Name, StringComparer.Ordinal).Select(pod => pod.Last()).Count(pod => pod is { IsReady: true, IsGone: false });

    private async Task RunAsync(
        string life, Func<Kubectl, string, IPlayed> play, Func<IPlayed, Func<Task>, PodWatch, Kubectl, string, Task> test)
    {
        Assert.SkipUnless(ClusterSettings.AreAskedFor, ClusterSettings.HowToGetOne);
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Variable) is "1", HowToAsk);
        var kubectl = new Kubectl(ClusterSettings.FromEnvironment());
        var @namespace = $"podidentity-{life}";
        var played = play(kubectl, @namespace);
        var own = new OwnNamespaces(kubectl, [played.Namespace, @namespace]);
        await own.CreateAsync(Cancellation);
        try
        {
            await played.StartAsync(Cancellation);
            await using var watch = new PodWatch(kubectl, TimeProvider.System);
            await test(played, DeployAsync, watch, kubectl, @namespace);

            async Task DeployAsync()
            {
                await played.DeployAsync(Path.Combine(Strategy.Manifests, "Lives", life), @namespace, Cancellation);
                Assert.True(
                    await watch.WhenAsync(() => CountReady(watch, @namespace) == Pods, Start, Cancellation), $"{CountReady(watch, @namespace)} of {Pods} are Ready.");
            }
        }
        finally
        {
            await played.EndAsync(CancellationToken.None);
            await own.DeleteAsync(CancellationToken.None);
            await Observed.WriteAsync($"{life}.txt", _figures, CancellationToken.None);
        }
    }

    /// <summary>Reads memory and CPU of every pod from its cgroup, now and then.</summary>
    private async Task LookAsync(PodWatch watch, Kubectl kubectl, string @namespace)
    {
        var (waited, usedBefore) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var look in Looks)
        {
            await watch.WhenAsync(static () => false, look - waited, Cancellation);
            var pods = watch.Of(@namespace).Where(pod => !pod.IsGone).Select(pod => pod.Name).Distinct(StringComparer.Ordinal).ToArray();
            var usages = new List<PodUsage>();
            foreach (var pod in pods)
            {
                usages.Add(PodUsage.Parse(await kubectl.RunAsync(Cancellation, ["-n", @namespace, "exec", pod, "-c", "app", "--", .. PodUsage.Command])));
            }

            var memory = usages.Select(usage => usage.MemoryMiB).Order().ToArray();
            var used = TimeSpan.FromTicks((long)usages.Average(usage => usage.Cpu.Ticks));
            Note($"after {look.TotalMinutes:0} min: {memory[0]:0} to {memory[^1]:0} MiB a pod, {memory[memory.Length / 2]:0} in the middle; {(used - usedBefore) / (look - waited) * 1000:0.0} thousandths of a processor a pod");
            (waited, usedBefore) = (look, used);
        }
    }

    private void Note(FormattableString figure) => _figures.Add(figure.ToString(CultureInfo.InvariantCulture));
}
