using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>What the deployment says: in the application's configuration, which includes the environment as a rule, or in the environment itself.</summary>
internal static class Setting
{
    /// <returns>The value; <see langword="null"/> when there is none, or a blank one.</returns>
    public static string? Find(IServiceProvider services, string name) =>
        NotBlank(services.GetService<IConfiguration>()?[name]) ?? NotBlank(Environment.GetEnvironmentVariable(name));

    private static string? NotBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
