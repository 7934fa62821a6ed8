using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Startup;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>Finds every mistake in one gate at once, before it holds anything up.</summary>
internal sealed class StartupGateOptionsValidator(StartupGate gate, IServiceProvider services) : IValidateOptions<StartupGateOptions>
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);

    public ValidateOptionsResult Validate(string? name, StartupGateOptions options)
    {
        if (!string.Equals(name, gate.Name, StringComparison.Ordinal))
        {
            return ValidateOptionsResult.Skip;
        }

        var complaints = new Complaints($"Start-up gate '{gate.Name}': ");
        CheckTimes(options, complaints);
        if (!CheckIsSwitchedOff(options.DisableVariable, complaints))
        {
            CheckSelection(options, complaints);
        }

        return complaints.ToResult();
    }

    private static void CheckTimes(StartupGateOptions options, Complaints complaints)
    {
        complaints.Range(nameof(options.Timeout), options.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), "00:02:00");
        complaints.Range(nameof(options.Interval), options.Interval, ShortestInterval, TimeSpan.FromMinutes(1), "00:00:01");
        complaints.Range(nameof(options.MaximumInterval), options.MaximumInterval, ShortestInterval, TimeSpan.FromMinutes(5), "00:00:10");
        if (options.Interval >= options.Timeout)
        {
            complaints.Add(
                nameof(options.Interval), options.Interval, $"it must be less than Timeout ({options.Timeout}), or there is no second try", "\"00:00:01\"");
        }

        if (options.MaximumInterval < options.Interval)
        {
            complaints.Add(
                nameof(options.MaximumInterval), options.MaximumInterval, $"it must not be less than Interval ({options.Interval})", $"\"{options.Interval}\"");
        }
    }

    private bool CheckIsSwitchedOff(string? variable, Complaints complaints)
    {
        if (string.IsNullOrWhiteSpace(variable) || variable.Contains('='))
        {
            complaints.Add(
                nameof(StartupGateOptions.DisableVariable), variable, "it must be the name of an environment variable", $"\"{new StartupGateOptions().DisableVariable}\"");
            return false;
        }

        var value = Setting.Find(services, variable);
        if (DisableSwitch.Read(value) is { } isOn)
        {
            return isOn;
        }

        complaints.Add(variable, value, "it must be true or 1 to start without waiting, false or 0 to wait", $"{variable}=true");
        return false;
    }

    private void CheckSelection(StartupGateOptions options, Complaints complaints)
    {
        var registrations = services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations;
        if (gate.Select(registrations, options).Count > 0)
        {
            return;
        }

        var present = registrations.Count == 0 ? "there is none" : $"there is {string.Join(", ", registrations.Select(Describe))}";
        complaints.Add(
            options.Predicate is null ? $"no health check has the tag '{gate.Tag}'; {present}" : $"Predicate selects no health check; {present}",
            options.Predicate is null ? $".AddPodIdentity(tags: [\"{gate.Tag}\"])" : "o.Predicate = check => check.Name == \"pod_identity\"");
    }

    private static string Describe(HealthCheckRegistration check) =>
        $"'{check.Name}' with {(check.Tags.Count == 0 ? "no tags" : $"the tags {string.Join(", ", check.Tags.Order(StringComparer.Ordinal))}")}";
}
