using System.Text.Encodings.Web;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks;

namespace WebApp;

/// <summary>What a health endpoint answers.</summary>
internal sealed record HealthBody(HealthStatus Status, IReadOnlyDictionary<string, CheckBody> Checks);

/// <summary>What it says of one check.</summary>
internal sealed record CheckBody(HealthStatus Status, string? Description, string? Reason, double DurationMs);

/// <summary>Writes a report as compact JSON. The text of an exception stays out of it: such texts hold what nobody meant to publish.</summary>
internal static class HealthResponseWriter
{
    /// <summary>Leaves quotes and backticks as they are, for people with curl: what is written is JSON and never part of a page.</summary>
    private static readonly WebAppJson Json = new(new(WebAppJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        // The status code, and the headers that forbid caching, are the framework's.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        var checks = report.Entries.ToDictionary(entry => entry.Key, entry => Describe(entry.Value), StringComparer.Ordinal);
        return context.Response.WriteAsJsonAsync(new HealthBody(report.Status, checks), Json.HealthBody);
    }

    private static CheckBody Describe(HealthReportEntry entry) => new(
        entry.Status,
        entry.Exception is null ? entry.Description : "The check failed with an exception.", // the framework makes the exception's text the description
        entry.Data.GetValueOrDefault(PodIdentityDataKeys.Reason) as string,
        Math.Round(entry.Duration.TotalMilliseconds, 1));
}
