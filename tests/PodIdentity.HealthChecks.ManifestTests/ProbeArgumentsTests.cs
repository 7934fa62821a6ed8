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
    public void Who_asks_the_sidecar_asks_where_it_listens_and_needs_nothing_else_of_it(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        var sidecar = overlay.Pod.Running.Single(c => c.Name is "identity");
        var port = Assert.Single(sidecar.Ports);
        var watch = CommandsOf(strategy).Single(c => c.Watches);

        Assert.Equal(port.Number, watch.ListensOn);
        Assert.Contains(sidecar.Probes, p => p.HttpGet is { Path: "/readyz" } http && http.NumberIn(sidecar) == port.Number);
        Assert.All(
            overlay.Pod.Running.SelectMany(c => c.Probes, (c, p) => (p.HttpGet, Number: p.HttpGet?.NumberIn(c))).Where(asked => asked.Number == port.Number),
            asked => Assert.Contains(asked.HttpGet!.Path, new[] { "/startupz", "/readyz", "/livez/nmi" }, StringComparer.Ordinal));
        Assert.Empty(sidecar.VolumeMounts);
        Assert.All(overlay.Pod.AllContainers, c => Assert.DoesNotContain(c.ProbeCommands, words => words[0] is "install" or "status"));
    }

    [Fact]
    public void A_native_sidecar_does_the_work_of_two_containers()
    {
        var pod = Overlay.Of(Overlay.NativeSidecar).Pod;
        var sidecar = Assert.Single(pod.InitContainers);

        Assert.True(sidecar.IsNativeSidecar);
        Assert.Equal(["app"], pod.Containers.Select(c => c.Name), StringComparer.Ordinal);
        Assert.Equal(["/startupz", "/readyz"], new[] { sidecar.StartupProbe, sidecar.ReadinessProbe }.Select(p => p!.HttpGet!.Path), StringComparer.Ordinal);
        Assert.Null(sidecar.LivenessProbe);
    }

    private static List<ProbeCommand> CommandsOf(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        return [.. overlay.Pod.AllContainers.SelectMany(c => c.ProbeCommands.Select(words => new ProbeCommand(words, overlay.EnvironmentOf(c))))];
    }
}
