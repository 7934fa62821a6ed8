namespace PodIdentity.HealthChecks.Checks;

/// <summary>Makes waits longer at random, so the pods of a node do not ask in step.</summary>
internal static class Jitter
{
    /// <summary>The part of a wait that is added at most.</summary>
    public const double Max = 0.2;

    /// <summary>Gives a number from 0 to 1; a test that has to be repeatable sets one of its own.</summary>
    public static Func<double> Next { get; set; } = Random.Shared.NextDouble;

    /// <summary>More of a long wait would only delay what is found after it.</summary>
    private static readonly TimeSpan MaxAdded = TimeSpan.FromSeconds(15);

    public static TimeSpan Lengthen(TimeSpan wait)
    {
        var most = wait * Max;
        return wait + (Next() * (most < MaxAdded ? most : MaxAdded));
    }
}
