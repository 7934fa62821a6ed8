using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Scale;

/// <summary>
/// A node full of pods, each with a readiness and a liveness probe every 5 s, on simulated time: the identity check beside what people put
/// into their probes, <c>curl --fail</c>. Pods start over a minute; five minutes are measured from the second one on; then NMI dies. A pod that
/// has had no token yet is rightly unhealthy: it counts from its first one on.
/// </summary>
public sealed class NodeSimulationTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RollOut = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(7);

    [Theory]
    [InlineData(30)]
    [InlineData(110)]
    [InlineData(250)]
    public async Task No_pod_is_falsely_unhealthy_and_IMDS_is_within_its_limits(int pods)
    {
        var ours = await RunAsync(pods, isOurs: true);
        var curl = await RunAsync(pods, isOurs: false);

        output.WriteLine("| pods | probe | requests/s at IMDS | of which 429 | probes falsely unhealthy | slowest first token | outage seen by all after |");
        output.WriteLine("|---|---|---|---|---|---|---|");
        output.WriteLine($"| {pods} | these checks | {ours} |");
        output.WriteLine($"| {pods} | `curl --fail` | {curl} |");
        Assert.Equal(0, ours.FalselyUnhealthy);
        Assert.InRange(ours.RequestsPerSecond, 0.1, 20);
        Assert.InRange(ours.SecondsToSeeOutage, 0, Period.TotalSeconds);
        Assert.True(curl.RequestsPerSecond > ours.RequestsPerSecond);
    }

    private static async Task<Figures> RunAsync(int pods, bool isOurs)
    {
        var clock = new ManualTimeProvider();
        var imds = new NodeImds(clock);
        await using var node = await PodIdentitySimulator.StartAsync(o => o.TimeProvider = clock, TestContext.Current.CancellationToken);
        var random = new Random(pods);
        var all = Enumerable.Range(0, pods).Select(_ => new SimulatedPodProbes(clock, imds, node, RollOut * random.NextDouble(), isOurs)).ToArray();
        var probes = from pod in all
                     from probe in pod.Schedule(Period, Outage + (2 * Period), random)
                     orderby probe.At
                     select (pod, probe);
        var (made, falselyUnhealthy) = (0, 0);
        foreach (var (pod, probe) in probes)
        {
            if (clock.Elapsed < WarmUp && probe.At >= WarmUp)
            {
                imds.Reset();
            }

            if (clock.Elapsed < Outage && probe.At >= Outage)
            {
                imds.IsDead = true;
                await node.Nmi.SetStateAsync(NmiState.Killed);
            }

            clock.Advance(probe.At - clock.Elapsed);
            var isUnhealthy = await pod.RunAsync(probe, isNearOutage: probe.At >= Outage - Period - Period);
            if (!isUnhealthy && probe.IsReadiness)
            {
                pod.FirstTokenAfter ??= probe.At - pod.Start;
            }

            if (probe.At >= WarmUp && probe.At < Outage && pod.FirstTokenAfter is not null)
            {
                made++;
                falselyUnhealthy += isUnhealthy ? 1 : 0;
            }
            else if (probe.At >= Outage && isUnhealthy)
            {
                pod.SawOutageAt ??= probe.At;
            }
        }

        foreach (var pod in all)
        {
            pod.Dispose();
        }

        var measured = (Outage - WarmUp).TotalSeconds;
        return new Figures(
            imds.Requests / measured,
            (double)imds.Throttled / imds.Requests,
            (double)falselyUnhealthy / made,
            all.Max(p => p.FirstTokenAfter?.TotalSeconds ?? double.PositiveInfinity),
            all.Max(p => (p.SawOutageAt - Outage)?.TotalSeconds ?? double.PositiveInfinity));
    }

    private sealed record Figures(double RequestsPerSecond, double ShareThrottled, double FalselyUnhealthy, double SecondsToFirstToken, double SecondsToSeeOutage)
    {
        public override string ToString() => $"{RequestsPerSecond:0.0} | {ShareThrottled:0.0%} | {FalselyUnhealthy:0.0%} | {Seconds(SecondsToFirstToken)} | {Seconds(SecondsToSeeOutage)}";

        private static string Seconds(double seconds) => double.IsInfinity(seconds) ? "never" : $"{seconds:0.0} s";
    }

    private readonly record struct Probe(TimeSpan At, bool IsReadiness);

    private sealed class SimulatedPodProbes : IDisposable
    {
        private readonly NodeImds _imds;
        private readonly VerdictGate? _identity;
        private readonly VerdictGate? _nmi;

        public SimulatedPodProbes(ManualTimeProvider clock, NodeImds imds, PodIdentitySimulator node, TimeSpan start, bool isOurs)
        {
            _imds = imds;
            Start = start;
            if (!isOurs)
            {
                return;
            }

            var log = new CheckLog(NullLogger.Instance, "check");
            var metrics = new CheckMetrics(factory: null, clock);
            var identity = new PodIdentityHealthCheckOptions();
            _identity = new VerdictGate(
                "identity", TokenAttempt.Of(identity, supplied: null, clock, log, new CredentialTurn(), () => new Shared(imds)), identity, clock, log, metrics);
            var nmi = new NmiHealthCheckOptions { Endpoint = node.NmiHealthEndpoint, MetadataAddress = node.MetadataAddress };
            _nmi = new VerdictGate("nmi", new NmiAttempt(nmi, clock), nmi, clock, log, metrics);
        }

        public TimeSpan Start { get; }

        public TimeSpan? FirstTokenAfter { get; set; }

        public TimeSpan? SawOutageAt { get; set; }

        public IEnumerable<Probe> Schedule(TimeSpan period, TimeSpan end, Random random)
        {
            foreach (var isReadiness in new[] { true, false })
            {
                for (var at = Start + (period * random.NextDouble()); at < end; at += period)
                {
                    yield return new Probe(at, isReadiness);
                }
            }
        }

        /// <returns>Whether the probe failed.</returns>
        public async Task<bool> RunAsync(Probe probe, bool isNearOutage)
        {
            if (_identity is null || _nmi is null)
            {
                return _imds.IsDead || _imds.Ask() is not HttpStatusCode.OK;
            }

            // NMI's health loads no IMDS: it is asked, over its socket, only where there is something to see.
            var nmi = isNearOutage ? await CheckAsync(_nmi) : HealthStatus.Healthy;
            return nmi is HealthStatus.Unhealthy || (probe.IsReadiness && await CheckAsync(_identity) is HealthStatus.Unhealthy);
        }

        public void Dispose()
        {
            _identity?.Dispose();
            _nmi?.Dispose();
        }

        private static async Task<HealthStatus> CheckAsync(VerdictGate check) =>
            (await check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken)).Status;
    }

    /// <summary>The pods share the node's IMDS: none of them disposes it.</summary>
    private sealed class Shared(NodeImds imds) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            imds.AnswerAsync();
    }
}
