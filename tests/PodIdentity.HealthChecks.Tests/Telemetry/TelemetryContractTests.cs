using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Tests.Telemetry;

/// <summary>People alert on ids, names and levels: the README of the package lists them all, as they are.</summary>
public sealed partial class TelemetryContractTests
{
    [Fact]
    public void The_READMEs_tables_of_log_lines_are_complete_and_true()
    {
        var ours = typeof(PodIdentityHealthCheckOptions).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
            .Select(m => m.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(m => $"{m.EventId} {m.EventName} {m.Level}");

        var listed = Row().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src", "PodIdentity.HealthChecks", "README.md")))
            .Select(m => $"{m.Groups["id"].Value} {m.Groups["name"].Value} {m.Groups["level"].Value}");

        Assert.Equal(ours.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^\| (?<id>[0-9]+) \| `(?<name>[A-Za-z]+)` \| (?<level>[A-Za-z]+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();
}
