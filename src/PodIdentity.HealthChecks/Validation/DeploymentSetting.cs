using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>A value that the deployment sets, in the application's configuration or in the environment.</summary>
internal static class DeploymentSetting
{
    /// <returns>The value; <see langword="null"/> if there is none, or a blank one.</returns>
    public static string? Find(IServiceProvider services, string name) =>
        NotBlank(services.GetService<IConfiguration>()?[name]) ?? NotBlank(Environment.GetEnvironmentVariable(name));

    private static string? NotBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
