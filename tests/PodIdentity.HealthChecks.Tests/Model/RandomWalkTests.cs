using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using PodIdentity.HealthChecks.Checks;

namespace PodIdentity.HealthChecks.Tests.Model;

/// <summary>
/// The rules hold whatever happens on the node, and in which order. MODEL_STEPS sets how many verdicts are judged, MODEL_SEED where to begin;
/// a failure prints its seed, and the shortest walk that shows it.
/// </summary>
[Collection(nameof(RandomWalkTests))]
[CollectionDefinition(nameof(RandomWalkTests), DisableParallelization = true)]
public sealed class RandomWalkTests(ITestOutputHelper output)
{
    private const int EventsOfWalk = 40;
    private const int ChecksOfWalk = 8;

    [Fact]
    public Task Every_verdict_keeps_the_rules_on_random_walks() => SimulatedTime.RunAsync(() =>
    {
        var steps = Setting("MODEL_STEPS", 20_000);
        var seed = (ulong)Setting("MODEL_SEED", 1);
        var walks = Math.Max(1, steps / EventsOfWalk / ChecksOfWalk);
        var judged = 0;
        var events = Gen.Choose(0, WalkEvent.Count - 1).ArrayOf(EventsOfWalk);
        var config = Config.QuickThrowOnFailure
            .WithMaxTest(walks)
            .WithEndSize(EventsOfWalk)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed, 2579), FSharpOption<int>.None)));

        try
        {
            Prop.ForAll(Arb.From(events, Shorter), walk => judged += Run(walk)).Check(config);
        }
        finally
        {
            Jitter.Next = Random.Shared.NextDouble;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{judged:N0} verdicts on {walks:N0} walks from seed {seed}, no rule broken"));
    });

    private static int Run(int[] events)
    {
        // The waits follow from the events: a walk that fails does so again, and so may a shorter one.
        Jitter.Next = new Random(events.Aggregate(17, (hash, step) => unchecked((hash * 31) + step))).NextDouble;
        using var walk = new Walk();
        var taken = new List<WalkEvent>();
        try
        {
            foreach (var step in events.Select(WalkEvent.Of))
            {
                taken.Add(step);
                walk.Take(step);
            }
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.XunitException { InnerException: not null })
        {
            throw new InvalidOperationException($"{exception.Message}\n  after: {string.Join("\n  ", taken)}", exception);
        }

        return walk.Steps;
    }

    /// <summary>Without some of the events, and without the last ones.</summary>
    private static IEnumerable<int[]> Shorter(int[] events)
    {
        for (var part = events.Length / 2; part > 0; part /= 2)
        {
            for (var from = 0; from + part <= events.Length; from += part)
            {
                yield return [.. events[..from], .. events[(from + part)..]];
            }
        }

        for (var i = 0; i < events.Length; i++)
        {
            if (events[i] % WalkEvent.Kinds != 0)
            {
                yield return [.. events[..i], events[i] / WalkEvent.Kinds * WalkEvent.Kinds, .. events[(i + 1)..]];
            }
        }
    }

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
