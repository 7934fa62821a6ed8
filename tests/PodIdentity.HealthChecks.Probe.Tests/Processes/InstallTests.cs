using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>The executable in a volume, for the containers of other images.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Installed => _directory.File("podidentity-probe");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_installed_runs(bool isStatic)
    {
        var file = isStatic ? ProbeBinary.Static : ProbeBinary.Native;
        Assert.SkipWhen(file is null, "PODIDENTITY_PROBE_BINARY and PODIDENTITY_PROBE_STATIC_BINARY name no executables.");
        await File.WriteAllTextAsync(Installed, "an older one", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_directory.File(".podidentity-probe.new"), "half of one", TestContext.Current.CancellationToken);

        using var install = ProbeProcess.Start(file, ["install", _directory.Path]);
        var result = await install.EndAsync();

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        Assert.StartsWith($"Installed {Installed}: version {Help.Version}, ", result.Output, Ordinal);
        Assert.Equal("podidentity-probe", Assert.Single(_directory.Names));
        Assert.Equal(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(Installed, TestContext.Current.CancellationToken));
        using var copy = ProbeProcess.Start(Installed, ["--version"]);
        Assert.Equal(Help.Version + "\n", (await copy.EndAsync()).Output);
    }

    [Fact]
    public async Task It_installs_where_the_gate_is_switched_off_since_the_probes_run_all_the_same()
    {
        Assert.SkipWhen(ProbeBinary.Native is null, "PODIDENTITY_PROBE_BINARY names no executable.");

        Assert.Equal(0, (await ProbeProcess.RunAsync($"install {_directory.Path}", ("POD_IDENTITY_DISABLED", "true"))).ExitCode);
        Assert.True(File.Exists(Installed));
    }

    [Theory]
    [InlineData("/no/such/directory", "'/no/such/directory' does not exist, is not a directory, or is not accessible")]
    [InlineData("/proc", "cannot write /proc/podidentity-probe: ")]
    [InlineData("/etc/hostname", "'/etc/hostname' does not exist, is not a directory, or is not accessible")]
    public async Task What_is_wrong_with_the_directory_is_said(string directory, string error)
    {
        Assert.SkipWhen(ProbeBinary.Native is null, "PODIDENTITY_PROBE_BINARY names no executable.");

        var result = await ProbeProcess.RunAsync($"install {directory}");

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith(error, result.Error, Ordinal);
        Assert.Contains("Example: podidentity-probe install /shared", result.Error, Ordinal);
    }

    [Fact]
    public async Task A_directory_of_its_name_is_in_the_way()
    {
        Assert.SkipWhen(ProbeBinary.Native is null, "PODIDENTITY_PROBE_BINARY names no executable.");
        Directory.CreateDirectory(Installed);

        var result = await ProbeProcess.RunAsync($"install {_directory.Path}");

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith($"cannot write {Installed}: a directory has that name", result.Error, Ordinal);
        Assert.Equal("podidentity-probe", Assert.Single(_directory.Names));
    }

    [Fact]
    public async Task The_build_for_the_NET_runtime_says_that_it_cannot()
    {
        var result = await InProcess.RunAsync($"install {_directory.Path}");

        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith("install copies the native executable, and this is the build for the .NET runtime", result.Error, Ordinal);
        Assert.Empty(_directory.Names);
    }
}
