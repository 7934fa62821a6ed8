using BenchmarkDotNet.Running;
using PodIdentity.HealthChecks.Benchmarks;

if (args is [SimulatorProcess.Argument])
{
    await SimulatorProcess.ServeAsync();
    return 0;
}

var summaries = new[]
{
    BenchmarkRunner.Run<ReusedVerdict>(Measurement.OfNanoseconds),
    BenchmarkRunner.Run<FullAttempt>(Measurement.OfRoundTrips),
};
return Scoreboard.Print(summaries, await FullAttempt.MeasureRatiosAsync()) ? 0 : 1;
