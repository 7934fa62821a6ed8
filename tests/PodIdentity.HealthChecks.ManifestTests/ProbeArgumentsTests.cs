using PodIdentity.HealthChecks.ManifestTests.Manifests;

namespace PodIdentity.HealthChecks.ManifestTests;

/// <summary>What the manifests run <c>podidentity-probe</c> with.</summary>
public sealed class ProbeArgumentsTests
{
    public static TheoryData<string> WithProbe { get; } = [.. Overlay.Strategies.Where(s => !s.Contains("in-code", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(WithProbe))]
    public void The_executable_takes_its_arguments_and_its_environment(string strategy)
    {
        var commands = CommandsOf(strategy);

        Assert.NotEmpty(commands);
        Assert.All(commands, command => Assert.Empty(command.Problems));
    }

    [Theory]
    [MemberData(nameof(WithProbe))]
    public void Only_NMI_or_only_Entra_may_answer_for_the_token(string strategy) => Assert.All(
        CommandsOf(strategy).Where(c => c.Asks && !c.Text.Contains(" nmi", StringComparison.Ordinal)),
        command => Assert.Equal(Overlay.IsOfWorkloadIdentity(strategy) ? "Entra" : "Nmi", command.ValueOf("--required-responder")));

    [Theory]
    [MemberData(nameof(WithProbe))]
    public void What_is_installed_is_where_it_is_run_from(string strategy)
    {
        var pod = Overlay.Of(strategy).Pod;
        var installer = pod.InitContainers.Find(c => c.Args is ["install", ..]);
        var runs = pod.Containers.Where(c => !c.IsProbe).SelectMany(c => c.Probes, (container, probe) => (Container: container, File: probe.Exec?.Command[0]))
            .Where(run => run.File is not null)
            .ToArray();
        foreach (var (container, file) in runs)
        {
            var folder = Path.GetDirectoryName(file);
            var mount = Assert.Single(container.VolumeMounts, m => string.Equals(m.MountPath, folder, StringComparison.Ordinal));
            var source = Assert.Single(installer!.VolumeMounts, m => string.Equals(m.Name, mount.Name, StringComparison.Ordinal));

            Assert.True(mount.ReadOnly);
            Assert.Equal(source.MountPath, installer.Args[1]);
            Assert.Equal("podidentity-probe", Path.GetFileName(file));
        }

        Assert.Equal(runs.Length > 0, installer is not null);
    }

    [Theory]
    [InlineData("native-sidecar")]
    [InlineData("sidecar")]
    [InlineData("workload-identity-sidecar")]
    public void Who_reads_the_status_reads_the_file_that_the_sidecar_writes(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        var sidecar = overlay.Pod.Running.Single(c => c.Name is "identity");
        var written = CommandsOf(strategy).Single(c => c.Watches).ValueOf("--status-file")!;
        var readers = overlay.Pod.Running.SelectMany(c => c.ProbeCommands).Where(words => words[0] is "status").ToArray();

        Assert.NotEmpty(readers);
        Assert.All(readers, words => Assert.Equal(written, words[1]));
        Assert.Single(sidecar.VolumeMounts, m => string.Equals(m.MountPath, Path.GetDirectoryName(written), StringComparison.Ordinal) && !m.ReadOnly);
    }

    [Fact]
    public void A_native_sidecar_does_the_work_of_three_containers()
    {
        var pod = Overlay.Of(Overlay.NativeSidecar).Pod;
        var sidecar = Assert.Single(pod.InitContainers);

        Assert.True(sidecar.IsNativeSidecar);
        Assert.Equal(["app"], pod.Containers.Select(c => c.Name), StringComparer.Ordinal);
        Assert.Equal(["status", "status"], new[] { sidecar.StartupProbe, sidecar.ReadinessProbe }.Select(p => p!.Exec!.Command[1]), StringComparer.Ordinal);
        Assert.Null(sidecar.LivenessProbe);
    }

    private static List<ProbeCommand> CommandsOf(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        return [.. overlay.Pod.AllContainers.SelectMany(c => c.ProbeCommands.Select(words => new ProbeCommand(words, overlay.EnvironmentOf(c))))];
    }
}
