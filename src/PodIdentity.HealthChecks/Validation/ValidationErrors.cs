using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>
/// Collects what is wrong with options: each mistake with the option's name (or what the user calls it), its value and an example that works.
/// </summary>
internal sealed class ValidationErrors(string prefix, Func<string, string>? nameOf = null) : ValidateOptionsResultBuilder
{
    public void Add(string problem, string example) => AddError($"{prefix}{problem}. Example: {example}");

    public void Add(string option, object? value, string problem, string example) =>
        Add($"{NameOf(option)} {(value is null ? "is not set" : $"is '{Show(value)}'")}: {problem}", example);

    /// <summary>What the user calls an option.</summary>
    public string NameOf(string option) => nameOf?.Invoke(option) ?? option;

    /// <summary>Complains about an option, as in <c>options.Port</c>, unless a condition holds.</summary>
    public void Require(
        bool condition, object? value, string problem, string example, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (!condition)
        {
            Add(option[(option.LastIndexOf('.') + 1)..], value, problem, example);
        }
    }

    public bool RequireRange(
        TimeSpan value, TimeSpan min, TimeSpan max, string example, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        var isInRange = value >= min && value <= max;
        Require(isInRange, value, $"it must be between {Phrases.For(min)} and {Phrases.For(max)}", $"\"{example}\"", option);
        return isInRange;
    }

    /// <returns>Whether the value is such an address, or not set.</returns>
    public bool RequireHttp(Uri? value, string example, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        var isHttp = value is null or { IsAbsoluteUri: true, Scheme: "http" or "https" };
        Require(isHttp, value, "it must be an absolute http or https address", example, option);
        var hasPassword = isHttp && value is { UserInfo.Length: > 0 };
        Require(!hasPassword, value, "it must not contain a user name or a password (left out here)", example, option);
        return isHttp;
    }

    private static string Show(object value) => value switch
    {
        Uri address => SafeText.Address(address.OriginalString),
        TimeSpan span => $"{(span < TimeSpan.Zero ? "-" : "")}{Phrases.For(span)}",
        _ => Show($"{value}"),
    };

    private static string Show(string text)
    {
        var shown = SafeText.Identifier(text);

        // SafeText trims, and a space too many may be the mistake.
        return shown.Length is 0 ? shown : $"{(char.IsWhiteSpace(text[0]) ? " " : "")}{shown}{(char.IsWhiteSpace(text[^1]) ? " " : "")}";
    }
}
