using System.Runtime;
using Azure.Core;
using Azure.Identity;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>
/// A probe that finds out anew, against a forced round trip of the bare credential on connections of the same kind. Both are awaited on
/// the thread pool, one after the other, as the framework does.
/// </summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class FullAttempt
{
    public const string Category = "Full attempt";

    private const int Attempts = 32;
    private const int Pairs = 301;

    private readonly TokenRequestContext _forced = new([BareCredential.Scope], claims: ClaimsChallenge.ForceRoundTrip);
    private SimulatorProcess _simulator = null!;
    private Registered _ours = null!;
    private ManagedIdentityCredential _peer = null!;

    [GlobalSetup]
    public async Task SetUp()
    {
        _simulator = SimulatorProcess.Start();
        _ours = new Registered(checks => checks.AddPodIdentity(options =>
        {
            options.TokenEndpoint = _simulator.TokenEndpoint;
            options.ResultLifetime = TimeSpan.Zero;
            options.FailureLifetime = TimeSpan.Zero;
        }));
        _peer = BareCredential.Create(_simulator.TokenEndpoint);
        await _ours.MustBeHealthyAsync();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _ours.Dispose();
        _simulator.Dispose();
    }

    [BenchmarkCategory(Category), Benchmark(Baseline = true, OperationsPerInvoke = Attempts)]
    public Task PeerRoundTrips() => Task.Run(async () =>
    {
        for (var i = 0; i < Attempts; i++)
        {
            await _peer.GetTokenAsync(_forced, CancellationToken.None);
        }
    });

    [BenchmarkCategory(Category), Benchmark(OperationsPerInvoke = Attempts)]
    public Task OurAttempts() => Task.Run(async () =>
    {
        for (var i = 0; i < Attempts; i++)
        {
            await _ours.CreateAndCheckAsync();
        }
    });

    /// <summary>
    /// Ours over the peer's time. A benchmark runs for seconds before the next one does, and meanwhile a shared machine changes; here
    /// the two take turns every few milliseconds, so that it falls on both, and the median of the pairs is taken.
    /// </summary>
    public static async Task<double> MeasureRatioAsync()
    {
        var attempts = new FullAttempt();
        await attempts.SetUp();
        try
        {
            // The compiler goes on improving so much code for seconds, on one of the cores that are measured.
            long compiled;
            do
            {
                compiled = JitInfo.GetCompiledMethodCount();
                await attempts.MeasurePairsAsync();
            }
            while (JitInfo.GetCompiledMethodCount() - compiled > 10);

            var ratios = await attempts.MeasurePairsAsync();
            ratios.Sort();
            return ratios[Pairs / 2];
        }
        finally
        {
            attempts.CleanUp();
        }
    }

    private async Task<List<double>> MeasurePairsAsync()
    {
        var ratios = new List<double>();
        for (var pair = 0; pair < Pairs; pair++)
        {
            var peer = await TimeAsync(PeerRoundTrips);
            var ours = await TimeAsync(OurAttempts);
            ratios.Add(ours / peer);
        }

        return ratios;
    }

    private static async Task<double> TimeAsync(Func<Task> block)
    {
        var start = TimeProvider.System.GetTimestamp();
        await block();
        return TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
    }
}
