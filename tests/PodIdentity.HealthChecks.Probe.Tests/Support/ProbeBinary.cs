namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>
/// What the tests run: the published executable that <c>PODIDENTITY_PROBE_BINARY</c> names, or else the build on the .NET runtime that lies
/// beside them.
/// </summary>
internal static class ProbeBinary
{
    public static string? Native { get; } = Find("PODIDENTITY_PROBE_BINARY");

    public static string? Static { get; } = Find("PODIDENTITY_PROBE_STATIC_BINARY");

    public static string? Image { get; } = Find("PODIDENTITY_PROBE_IMAGE");

    public static (string File, string[] Arguments) Command { get; } = Native is not null
        ? (Native, [])
        : (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "podidentity-probe.dll")]);

    private static string? Find(string variable) =>
        Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } path ? null
        : File.Exists(path) ? Path.GetFullPath(path)
        : throw new FileNotFoundException($"{variable} names a file that does not exist.", path);
}
