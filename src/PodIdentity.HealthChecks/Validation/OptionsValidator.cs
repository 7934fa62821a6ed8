using Microsoft.Extensions.Options;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>Validates the options of one registration, and reports every mistake at once.</summary>
internal sealed class OptionsValidator<TOptions>(string owner, string registration, Action<TOptions, ValidationErrors> check) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        if (!string.Equals(name, registration, StringComparison.Ordinal))
        {
            return ValidateOptionsResult.Skip;
        }

        var errors = new ValidationErrors($"{owner} '{registration}': ");
        check(options, errors);
        return errors.Build();
    }
}
