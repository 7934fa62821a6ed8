using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>The rules for the times that all checks have, and for the registration's timeout.</summary>
internal static class TimingOptionsValidator
{
    public static void Check(HealthCheckTimingOptions options, TimeSpan? timeout, ValidationErrors errors)
    {
        if (errors.RequireRange(options.AttemptTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), "00:00:03")
            && timeout is { } limit && limit != Timeout.InfiniteTimeSpan && limit <= options.Deadline)
        {
            errors.Add(
                nameof(timeout),
                timeout,
                $"it must be longer than {Phrases.For(options.Deadline)} (AttemptTimeout + {Phrases.For(HealthCheckTimingOptions.DiagnosisTime)}), or the framework gives up before the reason is known",
                $"timeout: TimeSpan.FromSeconds({(int)options.Deadline.TotalSeconds + 1})");
        }

        errors.RequireRange(options.ResultLifetime, TimeSpan.Zero, TimeSpan.FromHours(1), "00:00:10");
        errors.RequireRange(options.FailureLifetime, TimeSpan.Zero, TimeSpan.FromHours(1), "00:00:02");
        errors.RequireRange(options.FailureGracePeriod, TimeSpan.Zero, TimeSpan.FromDays(1), "00:01:00");
    }
}
