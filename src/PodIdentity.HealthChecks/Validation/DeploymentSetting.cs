using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>A value that the deployment sets, in the application's configuration or in the environment.</summary>
internal static class DeploymentSetting
{
    /// <returns>The value; <see langword="null"/> if there is none, or a blank one.</returns>
    public static string? Find(IServiceProvider services, string name) =>
        NotBlank(services.GetService<IConfiguration>()?[name]) ?? NotBlank(Environment.GetEnvironmentVariable(name));

    /// <returns>The value, and whether it says yes: <see langword="null"/> if it says neither yes nor no.</returns>
    public static (string? Value, bool? IsOn) FindSwitch(IServiceProvider services, string name)
    {
        var value = Find(services, name);
        return (value, value?.Trim() switch
        {
            null or "0" => false,
            "1" => true,
            var text => bool.TryParse(text, out var isOn) ? isOn : null,
        });
    }

    private static string? NotBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
