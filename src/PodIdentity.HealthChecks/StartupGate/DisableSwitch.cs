using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.StartupGate;

/// <summary>Lets an operator open the gate without a rebuild: one variable of the deployment.</summary>
internal static class DisableSwitch
{
    /// <returns>The variable's value, and whether it opens the gate: <see langword="null"/> if it says neither yes nor no.</returns>
    public static (string? Value, bool? IsOn) Read(IServiceProvider services, string variable)
    {
        var value = DeploymentSetting.Find(services, variable);
        return (value, value?.Trim() switch
        {
            null or "0" => false,
            "1" => true,
            var text => bool.TryParse(text, out var isOn) ? isOn : null,
        });
    }
}
