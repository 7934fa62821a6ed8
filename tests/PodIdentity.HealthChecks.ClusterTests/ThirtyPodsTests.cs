using System.Globalization;
using NodeSimulator;
using PodIdentity.HealthChecks.ClusterTests.Cluster;
using PodIdentity.HealthChecks.ClusterTests.Matrix;
using PodIdentity.HealthChecks.Testing;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>
/// Thirty pods of the recommended overlays on one node: what they ask for and need at rest, and what becomes of them without NMI. On demand, since
/// it takes a quarter of an hour.
/// </summary>
[Collection("node")]
public sealed class ThirtyPodsTests
{
    private const string Variable = "CLUSTER_THIRTY_PODS";
    private const string HowToAsk = $"Set {Variable}=1 as well: it takes a quarter of an hour.";
    private const string EntraNamespace = "podidentity-thirty-entra";
    private const string Namespace = "podidentity-thirty";
    private const int Pods = 30;

    private static readonly TimeSpan Start = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan[] Looks = [.. new[] { 1, 3, 6, 10 }.Select(minutes => TimeSpan.FromMinutes(minutes))];
    private static readonly TimeSpan[] Absences = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)];

    /// <summary>Longer than a period of the readiness probe and of the liveness probe.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(30);

    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly List<string> _figures = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_ask_Entra_six_times_a_minute_at_rest()
    {
        var (_, kubectl) = Connect();
        var entra = new PlayedEntra(kubectl, new PodLogs(kubectl), EntraNamespace, [Namespace]);
        await RunAsync(kubectl, entra, "thirty-at-rest", new() { Entra = new() { FederatedCredentials = [PlayedEntra.CredentialOf(Namespace)] } }, async watch =>
        {
            var (start, before) = (Time.GetTimestamp(), await entra.CountExchangesAsync(Cancellation));
            await LookAsync(watch, kubectl, start);
            var perMinute = (await entra.CountExchangesAsync(Cancellation) - before) / Time.GetElapsedTime(start).TotalMinutes;
            Note($"{perMinute:0.0} exchanges a minute at Entra, by {Pods} pods in {Time.GetElapsedTime(start).TotalMinutes:0.0} min");
            Assert.InRange(perMinute, 1, 7); // one a pod in five minutes
        });
    }

    [Fact]
    public async Task They_are_Ready_again_after_NMI_was_gone_and_none_is_restarted()
    {
        var (settings, kubectl) = Connect();
        var node = new PlayedNode(kubectl, new PodLogs(kubectl), new Interception(settings), Time);
        await RunAsync(kubectl, node, "thirty-without-nmi", new(), async watch =>
        {
            foreach (var absence in Absences)
            {
                watch.Clear();
                await node.SetAsync(new() { Nmi = NmiState.Killed }, Cancellation);
                await watch.WhenAsync(static () => false, absence, Cancellation);
                await node.SetAsync(new(), Cancellation);
                var back = Time.GetUtcNow();
                await watch.WhenAsync(static () => false, Settled, Cancellation);

                var seen = watch.Of(Namespace);
                var left = seen.Where(pod => !pod.IsReady).Select(pod => pod.Name).ToHashSet(StringComparer.Ordinal);
                var known = seen.Where(pod => left.Contains(pod.Name) && pod.IsReady).Select(pod => pod.At - back).Append(TimeSpan.Zero).Max();
                var found = await LastChangeAsync(kubectl) - back;
                Note($"NMI gone for {absence.TotalSeconds} s: {left.Count} of {Pods} pods left their Service; the kubelet found the last one Ready {found.TotalSeconds:0} s after NMI was back, and the API server knew it after {known.TotalSeconds:0} s");
                Assert.All(seen.GroupBy(pod => pod.Name, StringComparer.Ordinal), pod => Assert.True(pod.Last() is { IsReady: true, IsGone: false, Restarts: 0 }, $"{pod.Last()}"));
            }
        });
    }

    private static (ClusterSettings Settings, Kubectl Kubectl) Connect()
    {
        Assert.SkipUnless(ClusterSettings.AreAskedFor, ClusterSettings.HowToGetOne);
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Variable) is "1", HowToAsk);
        var settings = ClusterSettings.FromEnvironment();
        return (settings, new(settings));
    }

    private async Task RunAsync(Kubectl kubectl, IPlayed played, string folder, NodeState inOrder, Func<PodWatch, Task> test)
    {
        var own = new OwnNamespaces(kubectl, [played.Namespace, Namespace]);
        try
        {
            await own.CreateAsync(Cancellation);
            await played.StartAsync(Cancellation);
            await played.SetAsync(inOrder, Cancellation);
            await using var watch = new PodWatch(kubectl, Time);
            await played.DeployAsync(Path.Combine(Strategy.Manifests, "Lives", folder), Namespace, Cancellation);
            Assert.True(await watch.WhenAsync(() => CountReady(watch) == Pods, Start, Cancellation), $"{CountReady(watch)} of {Pods} are Ready.");
            await test(watch);
        }
        finally
        {
            await played.EndAsync(CancellationToken.None);
            await own.DeleteAsync(CancellationToken.None);
            await Observed.WriteAsync($"{folder}.txt", _figures, CancellationToken.None);
        }
    }

    private static int CountReady(PodWatch watch) =>
        watch.Of(Namespace).GroupBy(pod => pod.Name, StringComparer.Ordinal).Select(pod => pod.Last()).Count(pod => pod is { IsReady: true, IsGone: false });

    /// <summary>When the kubelet last found that a pod is Ready, in whole seconds. It tells the API server later: up to Kubernetes 1.26 five things a second.</summary>
    private static async Task<DateTimeOffset> LastChangeAsync(Kubectl kubectl)
    {
        var pods = await kubectl.GetAsync(Cancellation, "-n", Namespace, "pods");
        return pods.GetProperty("items").EnumerateArray()
            .SelectMany(pod => pod.GetProperty("status").GetProperty("conditions").EnumerateArray())
            .Where(condition => condition.GetProperty("type").GetString() is "Ready")
            .Max(condition => condition.GetProperty("lastTransitionTime").GetDateTimeOffset());
    }

    /// <summary>Reads memory and CPU of every pod from its cgroup, now and then.</summary>
    private async Task LookAsync(PodWatch watch, Kubectl kubectl, long start)
    {
        var (before, usedBefore) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var look in Looks)
        {
            await watch.WhenAsync(static () => false, look - Time.GetElapsedTime(start), Cancellation);
            var now = Time.GetElapsedTime(start);
            var pods = watch.Of(Namespace).Where(pod => !pod.IsGone).Select(pod => pod.Name).Distinct(StringComparer.Ordinal).ToArray();
            var usages = new List<PodUsage>();
            foreach (var pod in pods)
            {
                usages.Add(PodUsage.Parse(await kubectl.RunAsync(Cancellation, ["-n", Namespace, "exec", pod, "-c", "app", "--", .. PodUsage.Command])));
            }

            var memory = usages.Select(usage => usage.MemoryMiB).Order().ToArray();
            var used = TimeSpan.FromTicks((long)usages.Average(usage => usage.Cpu.Ticks));
            Note($"after {now.TotalMinutes:0.0} min: {memory[0]:0} to {memory[^1]:0} MiB a pod, {memory[memory.Length / 2]:0} in the middle; {(used - usedBefore) / (now - before) * 1000:0.0} thousandths of a processor a pod");
            (before, usedBefore) = (now, used);
        }
    }

    private void Note(FormattableString figure) => _figures.Add(figure.ToString(CultureInfo.InvariantCulture));
}
