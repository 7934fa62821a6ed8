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
    public void Only_NMI_may_answer_for_the_token(string strategy) => Assert.All(
        CommandsOf(strategy).Where(c => c.Asks && !c.Text.Contains(" nmi", StringComparison.Ordinal)),
        command => Assert.Equal("Nmi", command.ValueOf("--required-responder")));

    [Theory]
    [MemberData(nameof(WithProbe))]
    public void What_is_installed_is_where_it_is_run_from(string strategy)
    {
        var pod = Overlay.Of(strategy).Pod;
        var installer = pod.InitContainers.Find(c => c.Args is ["install", ..]);
        foreach (var container in pod.Containers.Where(c => !c.Image.StartsWith("podidentity-probe:", StringComparison.Ordinal)))
        {
            foreach (var file in container.Probes.Select(p => p.Exec?.Command[0]).OfType<string>())
            {
                var folder = Path.GetDirectoryName(file);
                var mount = Assert.Single(container.VolumeMounts, m => string.Equals(m.MountPath, folder, StringComparison.Ordinal));
                var source = Assert.Single(installer!.VolumeMounts, m => string.Equals(m.Name, mount.Name, StringComparison.Ordinal));

                Assert.True(mount.ReadOnly);
                Assert.Equal(source.MountPath, installer.Args[1]);
                Assert.Equal("podidentity-probe", Path.GetFileName(file));
            }
        }

        Assert.Equal(strategy.EndsWith("-init-container", StringComparison.Ordinal), installer is null);
    }

    [Fact]
    public void Who_reads_the_status_reads_the_file_that_the_sidecar_writes()
    {
        var overlay = Overlay.Of("sidecar");
        var written = overlay.Pod.Containers.Single(c => c.Name is "identity").ProbeCommands.Select(w => new ProbeCommand(w, overlay.EnvironmentOf(overlay.App)))
            .Single(c => c.Watches).ValueOf("--status-file");
        var reader = Assert.Single(overlay.Pod.Containers.SelectMany(c => c.ProbeCommands), words => words[0] is "status");

        Assert.Equal(written, reader[1]);
    }

    private static List<ProbeCommand> CommandsOf(string strategy)
    {
        var overlay = Overlay.Of(strategy);
        return [.. overlay.Pod.AllContainers.SelectMany(c => c.ProbeCommands.Select(words => new ProbeCommand(words, overlay.EnvironmentOf(c))))];
    }
}
