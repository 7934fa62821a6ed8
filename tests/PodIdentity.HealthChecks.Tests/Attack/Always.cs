using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Holds a property to a thousand inputs: the same ones in each run, and on failure FsCheck prints the seed and the smallest input.</summary>
internal static class Always
{
    private const int Inputs = 1000;

    private static readonly Config Settings = Config.QuickThrowOnFailure
        .WithMaxTest(Inputs)
        .WithQuietOnSuccess(true)
        .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(20261121, 2579), FSharpOption<int>.None)));

    public static void Holds<T>(Gen<T> inputs, Action<T> property, Func<T, IEnumerable<T>>? shrink = null) =>
        Check.One(Settings, Prop.ForAll(shrink is null ? inputs.ToArbitrary() : Arb.From(inputs, shrink), property));
}
