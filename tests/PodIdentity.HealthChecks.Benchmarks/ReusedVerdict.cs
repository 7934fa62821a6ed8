using Azure.Core;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>A probe that comes while the last verdict is fresh, against the plain check whose token is cached.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class ReusedVerdict
{
    private SimulatorProcess _simulator = null!;
    private Registered _ours = null!;
    private Registered _peer = null!;

    [GlobalSetup]
    public async Task SetUp()
    {
        _simulator = SimulatorProcess.Start();
        _ours = new Registered(checks => checks.AddPodIdentity(options =>
        {
            options.TokenEndpoint = _simulator.TokenEndpoint;
            options.ResultLifetime = TimeSpan.FromHours(1);
        }));
        _peer = new Registered(checks => checks
            .AddCheck<PlainCheck>("plain")
            .Services.AddSingleton<TokenCredential>(BareCredential.OnPlainConnections(_simulator.TokenEndpoint)));
        await _ours.MustBeHealthyAsync();
        await _peer.MustBeHealthyAsync();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _ours.Dispose();
        _peer.Dispose();
        _simulator.Dispose();
    }

    [BenchmarkCategory("Reused verdict, check alone"), Benchmark(Baseline = true)]
    public Task<HealthCheckResult> PeerCheck() => _peer.CheckAsync();

    [BenchmarkCategory("Reused verdict, check alone"), Benchmark]
    public Task<HealthCheckResult> OurCheck() => _ours.CheckAsync();

    [BenchmarkCategory("Reused verdict, factory and check"), Benchmark(Baseline = true)]
    public Task<HealthCheckResult> PeerFactoryAndCheck() => _peer.CreateAndCheckAsync();

    [BenchmarkCategory("Reused verdict, factory and check"), Benchmark]
    public Task<HealthCheckResult> OurFactoryAndCheck() => _ours.CreateAndCheckAsync();
}
