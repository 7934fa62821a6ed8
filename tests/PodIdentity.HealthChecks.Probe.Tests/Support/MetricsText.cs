using System.Globalization;
using System.Text.RegularExpressions;

namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>Reads what Prometheus scrapes, as strictly as the formats are written down.</summary>
internal static partial class MetricsText
{
    private static readonly Dictionary<string, string[]> Suffixes = new(StringComparer.Ordinal)
    {
        ["gauge"] = [""],
        ["counter"] = ["_total"],
        ["histogram"] = ["_bucket", "_sum", "_count"],
    };

    /// <returns>The samples, by name and labels.</returns>
    public static IReadOnlyDictionary<string, double> Read(string text, bool isOpenMetrics)
    {
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var families = new HashSet<string>(StringComparer.Ordinal);
        var (family, type, end) = ("", "", isOpenMetrics ? "# EOF\n" : "");
        Assert.EndsWith($"\n{end}", text, StringComparison.Ordinal);
        foreach (var line in text[..^(end.Length + 1)].Split('\n'))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                (family, type) = (line.Split(' ')[2], line.Split(' ')[3]);
                Assert.True(families.Add(family), $"{family} is there twice.");
            }
            else if (line.StartsWith("# UNIT ", StringComparison.Ordinal))
            {
                Assert.True(isOpenMetrics, line);
                Assert.Equal($"# UNIT {family} {family.Split('_')[^1]}", line);
            }
            else if (line.StartsWith('#'))
            {
                Assert.StartsWith($"# HELP {family} ", line, StringComparison.Ordinal);
            }
            else
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, $"'{line}' is no sample.");
                var name = sample.Groups["name"].Value;
                var isWholeName = type is "counter" && !isOpenMetrics;
                Assert.Contains(name, isWholeName ? [family] : Suffixes[type].Select(s => family + s), StringComparer.Ordinal);
                samples.Add(name + sample.Groups["labels"].Value, double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture));
            }
        }

        CheckBuckets(samples);
        return samples;
    }

    /// <summary>Buckets are cumulative, and the last one holds all.</summary>
    private static void CheckBuckets(Dictionary<string, double> samples)
    {
        var series = samples.Where(s => s.Key.Contains("_bucket{", StringComparison.Ordinal)).GroupBy(s => Boundary().Replace(s.Key, string.Empty), StringComparer.Ordinal);
        foreach (var buckets in series)
        {
            var (counts, last) = (buckets.Select(b => b.Value).ToArray(), buckets.Last());
            Assert.Equal(counts.Order(), counts);
            Assert.Contains("le=\"+Inf\"", last.Key, StringComparison.Ordinal);
            Assert.Equal(samples[buckets.Key.Replace("_bucket", "_count", StringComparison.Ordinal)], last.Value);
        }
    }

    [GeneratedRegex("""^(?<name>[a-z_]+)(?<labels>\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\}) (?<value>-?[0-9.]+(E[-+][0-9]+)?)$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sample();

    [GeneratedRegex(",le=\"[^\"]+\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Boundary();
}
