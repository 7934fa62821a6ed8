using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.StartupGate;

/// <summary>The rules for a gate's options.</summary>
internal static class StartupGateOptionsValidator
{
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100);

    public static void Check(StartupGateOptions options, GateRegistration gate, IServiceProvider services, ValidationErrors errors)
    {
        CheckTimes(options, errors);
        if (!IsDisabled(options.DisableVariable, services, errors))
        {
            CheckSelection(options, gate, services, errors);
        }
    }

    private static void CheckTimes(StartupGateOptions options, ValidationErrors errors)
    {
        errors.RequireRange(options.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), "00:02:30");
        errors.RequireRange(options.Interval, MinInterval, TimeSpan.FromMinutes(1), "00:00:01");
        errors.RequireRange(options.MaximumInterval, MinInterval, TimeSpan.FromMinutes(5), "00:00:10");
        errors.Require(
            options.Interval < options.Timeout,
            options.Interval,
            $"it must be less than Timeout ({Phrases.For(options.Timeout)}), or there is no second try",
            "\"00:00:00.500\"");
        errors.Require(
            options.MaximumInterval >= options.Interval,
            options.MaximumInterval,
            $"it must not be less than Interval ({Phrases.For(options.Interval)})",
            $"\"{options.Interval}\"");
    }

    private static bool IsDisabled(string variable, IServiceProvider services, ValidationErrors errors)
    {
        if (string.IsNullOrWhiteSpace(variable) || variable.Contains('='))
        {
            var example = new StartupGateOptions().DisableVariable;
            errors.Add(nameof(StartupGateOptions.DisableVariable), variable, "it must be the name of an environment variable", $"\"{example}\"");
            return false;
        }

        var (value, isOn) = DeploymentSetting.FindSwitch(services, variable);
        if (isOn is null)
        {
            errors.Add(variable, value, "it must be true or 1 to start without waiting, false or 0 to wait", $"{variable}=true");
        }

        return isOn is true;
    }

    private static void CheckSelection(StartupGateOptions options, GateRegistration gate, IServiceProvider services, ValidationErrors errors)
    {
        var registrations = services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations;
        if (gate.Select(registrations, options).Count > 0)
        {
            return;
        }

        var present = registrations.Count == 0 ? "no health check is registered" : $"registered: {string.Join(", ", registrations.Select(Describe))}";
        var (problem, example) = options.Predicate is null
            ? ($"no health check has the tag '{gate.Tag}'", $".AddPodIdentity(tags: [\"{gate.Tag}\"])")
            : ("Predicate selects no health check", "o.Predicate = check => check.Name == \"pod_identity\"");
        errors.Add($"{problem}; {present}", example);
    }

    private static string Describe(HealthCheckRegistration check) =>
        $"'{check.Name}' ({(check.Tags.Count == 0 ? "no tags" : $"tags: {string.Join(", ", check.Tags.Order(StringComparer.Ordinal))}")})";
}
