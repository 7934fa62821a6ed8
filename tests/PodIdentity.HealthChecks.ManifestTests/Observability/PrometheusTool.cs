using System.Diagnostics;

namespace PodIdentity.HealthChecks.ManifestTests.Observability;

/// <summary>The programs of Debian's package <c>prometheus</c>.</summary>
internal static class PrometheusTool
{
    /// <summary>Where nobody is there to notice a skipped test, a program that is missing is a failure.</summary>
    public static string FindOrSkip(string name)
    {
        var file = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(file is null && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), $"There is no {name}: apt-get install prometheus.");
        return file ?? throw new FileNotFoundException($"There is no {name} on the path.");
    }

    /// <summary>Runs promtool in the folder of the sample.</summary>
    public static async Task CheckAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(FindOrSkip("promtool"), arguments)
        {
            WorkingDirectory = Operators.Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"promtool {string.Join(' ', arguments)}: {await output} {await error}");
    }

    /// <summary>The same of a file that is made for the occasion.</summary>
    public static async Task CheckTextAsync(string text, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            await CheckAsync([.. arguments, file]);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
