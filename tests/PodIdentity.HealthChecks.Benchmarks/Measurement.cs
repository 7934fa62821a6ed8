using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace PodIdentity.HealthChecks.Benchmarks;

/// <summary>How the figures are taken: in this process, since the strict build is no place for a generated project.</summary>
internal static class Measurement
{
    private static readonly Job Round = Job.Default
        .WithToolchain(InProcessEmitToolchain.Instance)
        .WithIterationTime(TimeInterval.FromMilliseconds(250))
        .WithIterationCount(16);

    public static IConfig OfNanoseconds { get; } = Config(Round.WithWarmupCount(6));

    /// <summary>So much code takes part in a round trip that compiling it goes on for seconds.</summary>
    public static IConfig OfRoundTrips { get; } = Config(Round.WithWarmupCount(16));

    private static ManualConfig Config(Job job) => ManualConfig.CreateEmpty()
        .AddJob(job)
        .AddLogger(ConsoleLogger.Default)
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddColumn(StatisticColumn.Median);
}
