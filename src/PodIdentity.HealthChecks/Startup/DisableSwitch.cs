using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.Startup;

/// <summary>The way out for an operator: one variable of the deployment opens the gate.</summary>
internal static class DisableSwitch
{
    public static bool IsOn(IServiceProvider services, string variable) => Read(Setting.Find(services, variable)) ?? false;

    /// <returns><see langword="null"/> when the value says neither yes nor no.</returns>
    public static bool? Read(string? value) => value?.Trim() switch
    {
        null or "0" => false,
        "1" => true,
        var text => bool.TryParse(text, out var isOn) ? isOn : null,
    };
}
