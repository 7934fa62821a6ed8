namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>
/// What the tests run: the published executable that <c>PODIDENTITY_PROBE_BINARY</c> names, or else the build on the .NET runtime in
/// the project's own folder: beside the tests it lacks what the tests have from ASP.NET Core.
/// </summary>
internal static class ProbeBinary
{
    public static string? Native { get; } = Find("PODIDENTITY_PROBE_BINARY");

    public static string? Static { get; } = Find("PODIDENTITY_PROBE_STATIC_BINARY");

    public static string? Image { get; } = Find("PODIDENTITY_PROBE_IMAGE");

    public static (string File, string[] Arguments) Command { get; } = Native is not null
        ? (Native, [])
        : (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [FindBuild()]);

    private static string FindBuild()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // …/bin/Debug/net10.0
        return Path.Combine(Repository.Root, "src", "PodIdentity.HealthChecks.Probe", "bin", output.Parent!.Name, output.Name, "podidentity-probe.dll");
    }

    private static string? Find(string variable) =>
        Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } path ? null
        : File.Exists(path) ? Path.GetFullPath(path)
        : throw new FileNotFoundException($"{variable} names a file that does not exist.", path);
}
