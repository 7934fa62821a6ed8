using System.Text.RegularExpressions;

namespace PodIdentity.HealthChecks.Tests;

/// <summary>The order of the library's folders, as the README of src tells it, is that of the code.</summary>
public sealed partial class ArchitectureTests
{
    private const string Namespace = "PodIdentity.HealthChecks";

    [Fact]
    public void A_folder_knows_only_those_to_its_right()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "src", "README.md"));
        var order = Order().Match(readme).Groups["folders"].Value.Split(", ");
        var source = Path.Combine(Repository.Root, "src", Namespace);
        var folders = Directory.GetDirectories(source).Select(d => Path.GetFileName(d)!).Where(d => d is not ("bin" or "obj"));
        Assert.Equal(order.Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));

        foreach (var (folder, place) in order.Select((f, i) => (f, i)))
        {
            var known = Directory.GetFiles(Path.Combine(source, folder), "*.cs")
                .SelectMany(f => Using().Matches(File.ReadAllText(f)).Select(m => m.Groups["folder"].Value))
                .Where(order.Contains);
            Assert.All(known, k => Assert.True(Array.IndexOf(order, k) >= place, $"{folder} knows {k}"));
        }
    }

    [GeneratedRegex(@"In this list, a folder uses only those to its right: (?<folders>[\w, ]+)\.", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Order();

    [GeneratedRegex(@"^using (static )?PodIdentity\.HealthChecks\.(?<folder>\w+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Using();
}
