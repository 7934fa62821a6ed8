using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

/// <summary>Builds overlays: by the kubectl that the variable <c>KUBECTL</c> names, or by the one on the path.</summary>
internal static class Kubectl
{
    /// <summary>Version 1.22 is the first whose kustomize knows <c>labels</c>.</summary>
    private const int MinMinorVersion = 22;

    private static readonly string? File = Named() ?? OnPath();

    private static readonly ConcurrentDictionary<string, (string Output, string Complaints)> Built = new(StringComparer.Ordinal);

    public static (string Output, string Complaints) BuildOrSkip(string strategy)
    {
        Assert.SkipWhen(
            File is null,
            $"KUBECTL names no kubectl, and there is none from 1.{MinMinorVersion} on the path: the overlays are not built.");
        return Built.GetOrAdd(strategy, static s => Run(File!, "kustomize", Path.Combine("overlays", s)));
    }

    private static (string Output, string Complaints) Run(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = Overlay.Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{file} {string.Join(' ', arguments)}: {error.Result}");
        return (output, error.Result);
    }

    /// <summary>What is named must be there; one that is too old says itself what it does not know.</summary>
    private static string? Named() =>
        Environment.GetEnvironmentVariable("KUBECTL") is not { Length: > 0 } file ? null
        : System.IO.File.Exists(file) ? Path.GetFullPath(file)
        : throw new FileNotFoundException("KUBECTL names a file that does not exist.", file);

    private static string? OnPath() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, OperatingSystem.IsWindows() ? "kubectl.exe" : "kubectl"))
        .FirstOrDefault(System.IO.File.Exists) is { } file && MinorVersionOf(file) >= MinMinorVersion ? file : null;

    /// <summary>Some distributors' have a plus sign: <c>32+</c>.</summary>
    private static int MinorVersionOf(string file) => int.Parse(
        JsonElement.Parse(Run(file, "version", "--client", "-o", "json").Output).GetProperty("clientVersion").GetProperty("minor").GetString()!.TrimEnd('+'),
        CultureInfo.InvariantCulture);
}
