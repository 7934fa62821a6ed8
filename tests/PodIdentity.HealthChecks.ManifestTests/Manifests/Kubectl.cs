using System.Collections.Concurrent;
using System.Diagnostics;

namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

/// <summary>Builds overlays: by the kubectl on the path, and by the one that the variable <c>KUBECTL</c> names.</summary>
internal static class Kubectl
{
    private static readonly ConcurrentDictionary<(string File, string Overlay), string> Built = new();

    /// <summary>Gets the executables, the named one first. What is named must be there.</summary>
    public static IReadOnlyList<string> Found { get; } = [.. Named().Concat(OnPath()).Distinct(StringComparer.Ordinal)];

    public static string BuildOrSkip(string strategy)
    {
        SkipWithout();
        return Build(Found[0], strategy);
    }

    public static void SkipWithout() => Assert.SkipWhen(Found.Count == 0, "There is no kubectl on the path, and KUBECTL names none: the overlays are not built.");

    public static string Build(string file, string strategy) => Built.GetOrAdd((file, strategy), static key => Run(key.File, key.Overlay));

    private static string Run(string file, string strategy)
    {
        using var process = Process.Start(new ProcessStartInfo(file, ["kustomize", Path.Combine("overlays", strategy)])
        {
            WorkingDirectory = Overlay.Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{file} kustomize {strategy}: {error.Result}");
        return output;
    }

    private static IEnumerable<string> Named() =>
        Environment.GetEnvironmentVariable("KUBECTL") is not { Length: > 0 } file ? []
        : File.Exists(file) ? [Path.GetFullPath(file)]
        : throw new FileNotFoundException("KUBECTL names a file that does not exist.", file);

    private static IEnumerable<string> OnPath() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, OperatingSystem.IsWindows() ? "kubectl.exe" : "kubectl"))
        .Where(File.Exists)
        .Take(1);
}
