using System.Globalization;
using PodIdentity.HealthChecks.ClusterTests.Cluster;
using PodIdentity.HealthChecks.ClusterTests.Matrix;

namespace PodIdentity.HealthChecks.ClusterTests;

/// <summary>Thirty pods of the recommended overlay on one node: what they ask for and need at rest. On demand, since it takes more than ten minutes.</summary>
public sealed class RestTests
{
    private const string Variable = "CLUSTER_REST";
    private const string HowToAsk = $"Set {Variable}=1 as well: it takes more than ten minutes.";
    private const string EntraNamespace = "podidentity-rest-entra";
    private const string Namespace = "podidentity-rest";
    private const int Pods = 30;

    private static readonly TimeSpan Start = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan[] Looks = [.. new[] { 1, 3, 6, 10 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly List<string> _figures = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thirty_pods_ask_Entra_six_times_a_minute()
    {
        Assert.SkipUnless(ClusterSettings.AreAskedFor, ClusterSettings.HowToGetOne);
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Variable) is "1", HowToAsk);
        var kubectl = new Kubectl(ClusterSettings.FromEnvironment());
        var entra = new PlayedEntra(kubectl, new PodLogs(kubectl), EntraNamespace, [Namespace]);
        var own = new OwnNamespaces(kubectl, [EntraNamespace, Namespace]);
        await own.CreateAsync(Cancellation);
        try
        {
            await entra.StartAsync(Cancellation);
            await entra.SetAsync(new() { Entra = new() { FederatedCredentials = [PlayedEntra.CredentialOf(Namespace)] } }, Cancellation);
            await using var watch = new PodWatch(kubectl, Time);
            await entra.DeployAsync(Path.Combine(Strategy.Manifests, "Lives", "rest"), Namespace, Cancellation);
            Assert.True(await watch.WhenAsync(() => CountReady(watch) == Pods, Start, Cancellation), $"{CountReady(watch)} of {Pods} are Ready.");

            var (start, before) = (Time.GetTimestamp(), await entra.CountExchangesAsync(Cancellation));
            await LookAsync(watch, kubectl, start);
            var perMinute = (await entra.CountExchangesAsync(Cancellation) - before) / Time.GetElapsedTime(start).TotalMinutes;
            Note($"{perMinute:0.0} exchanges a minute at Entra, by {Pods} pods in {Time.GetElapsedTime(start).TotalMinutes:0.0} min");
            Assert.InRange(perMinute, 1, 7); // one a pod in five minutes
        }
        finally
        {
            await own.DeleteAsync(CancellationToken.None);
            await Observed.WriteAsync("rest.txt", _figures, CancellationToken.None);
        }
    }

    private static int CountReady(PodWatch watch) =>
        watch.Of(Namespace).GroupBy(pod => pod.Name, StringComparer.Ordinal).Select(pod => pod.Last()).Count(pod => pod is { IsReady: true, IsGone: false });

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
