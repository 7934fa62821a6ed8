using System.Runtime;
using Azure.Core;
using Azure.Identity;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>
/// A probe that finds out anew, against a forced round trip of the bare credential: on the same transport, which is what the limit is about,
/// and on plain connections. All are awaited on the thread pool, one after the other, as the framework does.
/// </summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class FullAttempt
{
    public const string OnOurTransport = "Full attempt, peer on the same transport";
    public const string OnPlainConnections = "Full attempt, peer on plain connections";

    private const int Attempts = 32;
    private const int Rounds = 301;

    private readonly TokenRequestContext _forced = new([BareCredential.Scope], claims: CredentialCall.ForceRoundTrip);
    private SimulatorProcess _simulator = null!;
    private Registered _ours = null!;
    private ManagedIdentityCredential _onOurTransport = null!;
    private ManagedIdentityCredential _onPlainConnections = null!;

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
        _onOurTransport = BareCredential.OnOurTransport(_simulator.TokenEndpoint);
        _onPlainConnections = BareCredential.OnPlainConnections(_simulator.TokenEndpoint);
        await _ours.MustBeHealthyAsync();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _ours.Dispose();
        _simulator.Dispose();
    }

    [BenchmarkCategory(OnOurTransport), Benchmark(Baseline = true, OperationsPerInvoke = Attempts)]
    public Task PeerOnOurTransport() => RoundTripsAsync(_onOurTransport);

    [BenchmarkCategory(OnOurTransport), Benchmark(OperationsPerInvoke = Attempts)]
    public Task OurAttempts() => Task.Run(async () =>
    {
        for (var i = 0; i < Attempts; i++)
        {
            await _ours.CreateAndCheckAsync();
        }
    });

    [BenchmarkCategory(OnPlainConnections), Benchmark(Baseline = true, OperationsPerInvoke = Attempts)]
    public Task PeerOnPlainConnections() => RoundTripsAsync(_onPlainConnections);

    [BenchmarkCategory(OnPlainConnections), Benchmark(OperationsPerInvoke = Attempts)]
    public Task OurAttemptsBeside() => OurAttempts();

    /// <summary>
    /// Ours over the peer's time. A benchmark runs for seconds before the next one does, and meanwhile a shared machine changes; here
    /// they take turns every few milliseconds, so that it falls on all, and the median of the rounds is taken.
    /// </summary>
    public static async Task<IReadOnlyDictionary<string, double>> MeasureRatiosAsync()
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
                await attempts.MeasureRoundsAsync();
            }
            while (JitInfo.GetCompiledMethodCount() - compiled > 10);

            return await attempts.MeasureRoundsAsync();
        }
        finally
        {
            attempts.CleanUp();
        }
    }

    private Task RoundTripsAsync(ManagedIdentityCredential credential) => Task.Run(async () =>
    {
        for (var i = 0; i < Attempts; i++)
        {
            await credential.GetTokenAsync(_forced, CancellationToken.None);
        }
    });

    private async Task<IReadOnlyDictionary<string, double>> MeasureRoundsAsync()
    {
        var (toTransport, toPlain) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var transport = await TimeAsync(PeerOnOurTransport);
            var ours = await TimeAsync(OurAttempts);
            var plain = await TimeAsync(PeerOnPlainConnections);
            toTransport.Add(ours / transport);
            toPlain.Add(ours / plain);
        }

        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [OnOurTransport] = Median(toTransport),
            [OnPlainConnections] = Median(toPlain),
        };
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<double> TimeAsync(Func<Task> block)
    {
        var start = TimeProvider.System.GetTimestamp();
        await block();
        return TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
    }
}
