using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>Collects what is wrong with options, each with the option's name, its value and an example that works.</summary>
/// <param name="place">What comes before each of them: whose options these are.</param>
/// <param name="nameOf">How the user calls an option, where it is not by its own name.</param>
internal sealed class Complaints(string place, Func<string, string>? nameOf = null)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly List<string> _found = [];

    public static Complaints AboutCheck(string name) => new($"Health check '{name}': ");

    public IReadOnlyList<string> Found => _found;

    public void Add(string option, object? value, string problem, string example) =>
        Add($"{nameOf?.Invoke(option) ?? option} {(value is null ? "is not set" : $"is '{Show(value)}'")}: {problem}", example);

    /// <summary>What is wrong with no single option's value.</summary>
    public void Add(string problem, string example) => _found.Add($"{place}{problem}. Example: {example}");

    public void CheckTimes(HealthCheckTimingOptions options)
    {
        Range(nameof(options.AttemptTimeout), options.AttemptTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), "00:00:03");
        Range(nameof(options.ResultLifetime), options.ResultLifetime, TimeSpan.Zero, TimeSpan.FromHours(1), "00:00:10");
        Range(nameof(options.FailureLifetime), options.FailureLifetime, TimeSpan.Zero, TimeSpan.FromHours(1), "00:00:02");
        Range(nameof(options.FailureGracePeriod), options.FailureGracePeriod, TimeSpan.Zero, Day, "00:01:00");
    }

    public void Range(string option, TimeSpan value, TimeSpan least, TimeSpan most, string example)
    {
        if (value < least || value > most)
        {
            Add(option, value, $"it must be between {least} and {most}", $"\"{example}\"");
        }
    }

    public void CheckLifetime(string option, TimeSpan value) => Range(option, value, TimeSpan.Zero, Day, "00:05:00");

    public void CheckHttp(string option, Uri? value, string example)
    {
        if (value is not null && !IsHttp(value))
        {
            Add(option, value, "it must be an absolute http or https address", example);
        }
        else if (value is { UserInfo.Length: > 0 })
        {
            Add(option, value, "it must not hold a user name or a password (left out here)", example);
        }
    }

    public ValidateOptionsResult ToResult() => _found.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(_found);

    private static string Show(object value) => value is Uri address ? SafeText.Address(address.OriginalString) : SafeText.Identifier($"{value}");

    private static bool IsHttp(Uri address) => address is { IsAbsoluteUri: true, Scheme: "http" or "https" };
}
