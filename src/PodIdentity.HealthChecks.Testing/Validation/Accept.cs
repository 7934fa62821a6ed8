using System.Runtime.CompilerServices;

namespace PodIdentity.HealthChecks.Testing.Validation;

/// <summary>What the simulator's properties may be set to. An error names the property.</summary>
internal static class Accept
{
    /// <exception cref="ArgumentOutOfRangeException">The enumeration has no such value.</exception>
    public static T Defined<T>(T value, [CallerMemberName] string name = "")
        where T : struct, Enum => Enum.IsDefined(value)
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"{name} must be a value of {typeof(T).Name}, for example {typeof(T).Name}.{default(T)}.");

    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public static TimeSpan NotNegative(TimeSpan value, [CallerMemberName] string name = "") => value >= TimeSpan.Zero
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"{name} must not be negative. Example: TimeSpan.FromSeconds(2).");

    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public static int NotNegative(int value, [CallerMemberName] string name = "") => value >= 0
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"{name} must not be negative. Example: 5.");
}
