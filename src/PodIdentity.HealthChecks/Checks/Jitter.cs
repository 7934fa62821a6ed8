namespace PodIdentity.HealthChecks.Checks;

/// <summary>Makes waits longer at random, so the pods of a node do not ask in step.</summary>
internal static class Jitter
{
    /// <summary>The part of a wait that is added at most.</summary>
    public const double Max = 0.2;

    public static TimeSpan Lengthen(TimeSpan wait) => wait * (1 + (Random.Shared.NextDouble() * Max));
}
