using System.Globalization;
using System.Runtime.InteropServices;
using static System.StringComparison;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>The probe that becomes the application, once there is a token.</summary>
public sealed class ExecTests
{
    private const ulong Sigpipe = 1 << 12;

    public ExecTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "A process can become another program on Linux.");

    [Fact]
    public async Task It_becomes_the_command_with_its_arguments_and_exit_code_in_the_same_process()
    {
        await using var node = await Pod.StartAsync();
        using var probe = Start("token -- sh -c", node, "echo $$ \"$1\" \"$2\"; exit 42", "sh", "--output", "a b");

        var result = await probe.EndAsync();

        Assert.Equal((42, $"{probe.Id} --output a b\n"), (result.ExitCode, result.Output));
        Assert.StartsWith("Healthy: NMI issued a token", result.Error, Ordinal);
        Assert.Single(node.TokenRequests());
    }

    [Theory]
    [InlineData("exec --", 1)]
    [InlineData("exec all --", 1)]
    [InlineData("exec nmi --", 0)]
    public async Task It_waits_for_a_token_unless_told_what_else(string arguments, int tokens)
    {
        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync($"{arguments} true", node.Environment());

        Assert.Equal((0, tokens), (result.ExitCode, node.TokenRequests().Count));
    }

    [Fact]
    public async Task It_waits_until_NMI_is_there()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        using var probe = ProbeProcess.StartIn(
            "exec \"$@\" 2>&1", "exec token --retry-count 10000 --retry-max 10ms -- echo started", node.Environment(("HTTP_RETRY_MIN_SECONDS", "10ms")));

        Assert.StartsWith("Attempt 1 of 10001: Unhealthy (NmiUnreachable): ", await probe.ReadLineAsync(), Ordinal);
        await node.Nmi.SetStateAsync(NmiState.Active);
        var result = await probe.EndAsync();

        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith("\nstarted\n", result.Output, Ordinal);
    }

    [Fact]
    public async Task The_commands_signals_are_as_if_it_had_been_started_by_itself()
    {
        await using var node = await Pod.StartAsync();
        const string Signals = "^Sig(Ign|Blk|Pnd):";
        using var alone = ProbeProcess.Start("grep", ["-E", Signals, "/proc/self/status"]);
        using var probe = Start("token -- grep -E", node, Signals, "/proc/self/status");

        var expected = SetsOf((await alone.EndAsync()).Output);
        var actual = SetsOf((await probe.EndAsync()).Output);

        Assert.Equal(0ul, actual["SigIgn"] & Sigpipe);
        Assert.Equal(expected["SigIgn"] & ~Sigpipe, actual["SigIgn"]);
        Assert.Equal((0ul, 0ul), (actual["SigBlk"], actual["SigPnd"]));
    }

    [Fact]
    public async Task The_commands_environment_and_open_files_are_the_pods_own()
    {
        await using var entra = await FederatedPod.StartAsync();

        // What the process has before and after: another one may inherit what a test beside this one has just opened.
        using var probe = ProbeProcess.StartIn("env; ls /proc/$$/fd; echo then; exec \"$@\" sh -c 'env; ls /proc/$$/fd'", "exec token --", entra.Environment());

        var result = await probe.EndAsync();

        Assert.Contains($"SSL_CERT_FILE={entra.Entra.CertificateAuthorityFile}\n", result.Output, Ordinal);
        var parts = result.Output.Split("then\n");
        Assert.Equal(Lines(parts[0]), Lines(parts[1]));
        Assert.Equal(1, entra.Exchanges);
    }

    [Fact]
    public async Task A_signal_while_it_waits_ends_it_and_the_command_is_not_run()
    {
        await using var node = await Pod.StartAsync(timeScale: 1);
        node.Pod.UnbindAll();
        using var probe = ProbeProcess.Start("exec token --on-timeout run -- echo started", node.Environment());

        await node.WhenRequests(Pod.IsTokenRequest, 1, TestContext.Current.CancellationToken);
        probe.Signal(PosixSignal.SIGTERM);
        var result = await probe.EndAsync();

        Assert.Equal((143, string.Empty), (result.ExitCode, result.Output));
        Assert.EndsWith("Stopped by SIGTERM.\n", result.Error, Ordinal);
    }

    [Fact]
    public async Task A_signal_after_that_is_the_commands()
    {
        await using var node = await Pod.StartAsync();
        using var probe = Start("token -- sh -c", node, "trap 'echo stopping; exit 7' TERM; echo started; while :; do sleep 0.01; done");
        Assert.Equal("started", await probe.ReadLineAsync());

        probe.Signal(PosixSignal.SIGTERM);
        var result = await probe.EndAsync();

        Assert.Equal((7, "stopping\n"), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("", 2, "")]
    [InlineData("--on-timeout fail", 2, "")]
    [InlineData("--on-timeout run", 0, "started\n")]
    public async Task When_the_retries_are_used_up_it_fails_or_runs_the_command_all_the_same(string flags, int code, string output)
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);

        var result = await ProbeProcess.RunAsync($"exec token --retry-count 0 {flags} -- echo started", node.Environment());

        Assert.Equal((code, output), (result.ExitCode, result.Output));
        Assert.Contains("This was the last attempt.", result.Error, Ordinal);
        Assert.Equal(output.Length > 0, result.Error.Contains("Running the command anyway", Ordinal));
    }

    [Fact]
    public async Task Without_a_PATH_it_waits_for_a_command_where_the_C_library_looks()
    {
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(NmiState.Killed);
        using var probe = ProbeProcess.StartIn(
            "probe=$(command -v \"$1\"); shift; unset PATH; exec \"$probe\" \"$@\" 'echo started'", "exec token --retry-count 0 -- sh -c", node.Environment());

        var result = await probe.EndAsync();

        Assert.Equal((2, string.Empty), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("no-such-command", 127, "it was not found in PATH")]
    [InlineData("/no/such/command", 127, "it does not exist")]
    [InlineData("/etc/hostname/command", 127, "it does not exist")]
    [InlineData("/etc/passwd", 126, "permission denied, or it is a directory")]
    [InlineData("/etc", 126, "permission denied, or it is a directory")]
    public async Task A_command_that_cannot_be_run_is_named_with_the_exit_code_that_shells_have_for_it(string command, int code, string problem)
    {
        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync($"exec -- {command} --flag", node.Environment());

        Assert.Equal(code, result.ExitCode);
        Assert.EndsWith($"exec cannot run '{command}': {problem}.\n", result.Error, Ordinal);
        Assert.Empty(result.Output);

        // A mistyped command is told before anything is waited for.
        Assert.Equal(code is 127 ? 0 : 1, node.TokenRequests().Count);
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_is_no_command()
    {
        var link = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}");
        File.CreateSymbolicLink(link, "/no/such/target");
        try
        {
            await using var node = await Pod.StartAsync();

            var result = await ProbeProcess.RunAsync($"exec -- {link}", node.Environment());

            Assert.Equal((127, 0), (result.ExitCode, node.TokenRequests().Count));
        }
        finally
        {
            File.Delete(link);
        }
    }

    [Fact]
    public async Task A_script_whose_interpreter_is_missing_is_said_to_be_that()
    {
        using var directory = new TemporaryDirectory();
        var script = directory.File("script");
        await File.WriteAllTextAsync(script, "#!/no/such/interpreter\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        }

        await using var node = await Pod.StartAsync();

        var result = await ProbeProcess.RunAsync($"exec -- {script}", node.Environment());

        Assert.Equal(126, result.ExitCode);
        Assert.EndsWith("it needs an interpreter or a dynamic loader that does not exist here.\n", result.Error, Ordinal);
    }

    [Fact]
    public async Task A_probe_that_is_switched_off_becomes_the_command_at_once()
    {
        var result = await ProbeProcess.RunAsync("exec token --no-such-flag -- echo started", ("POD_IDENTITY_DISABLED", "true"), ("POD_IDENTITY_URL", "nonsense"));

        Assert.Equal((0, "started\n", "Nothing is checked: POD_IDENTITY_DISABLED is set.\n"), (result.ExitCode, result.Output, result.Error));
    }

    private static ProbeProcess Start(string arguments, PodIdentitySimulator node, params string[] more) => ProbeProcess.Start(
        ProbeBinary.Command.File, [.. ProbeBinary.Command.Arguments, "exec", .. arguments.Split(' '), .. more], node.Environment());

    private static Dictionary<string, ulong> SetsOf(string status) => status
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .ToDictionary(line => line.Split(':')[0], line => ulong.Parse(line.Split(':')[1].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture), StringComparer.Ordinal);

    private static string[] Lines(string output) => [.. output.Split('\n').Where(l => !l.StartsWith("_=", Ordinal)).Order(StringComparer.Ordinal)];
}
